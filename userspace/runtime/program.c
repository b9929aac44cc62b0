// SPDX-License-Identifier: MIT
/* Commands and weights of an executable in device memory, one copy for all sessions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/runtime.h"

static int upload(struct mnet_device *dev, const void *data, size_t size, uint32_t rights,
		  struct mnet_bo **bo, struct mnet_error *err)
{
	int ret;

	if (!size)
		return 0;
	ret = dev->ops->bo_create(dev->transport, size, rights, bo, err);
	if (!ret)
		memcpy((*bo)->map, data, size);
	return ret;
}

static void program_free(struct mnet_device *dev, struct mnet_program *program)
{
	for (unsigned int i = 0; i < program->exe->num_subgraphs; i++) {
		if (program->jobs[i].commands)
			dev->ops->bo_destroy(dev->transport, program->jobs[i].commands);
		if (program->jobs[i].weights)
			dev->ops->bo_destroy(dev->transport, program->jobs[i].weights);
	}
	free(program);
}

static int program_new(struct mnet_device *dev, const struct mnet_executable *exe,
		       struct mnet_program **out, struct mnet_error *err)
{
	struct mnet_program *program;
	int ret;

	program = calloc(1, sizeof(*program) + exe->num_subgraphs * sizeof(program->jobs[0]));
	if (!program)
		return mnet_fail(err, -ENOMEM, "out of memory");
	program->exe = exe;
	for (unsigned int i = 0; i < exe->num_subgraphs; i++) {
		const struct mnet_subgraph *sub = &exe->subgraphs[i];

		ret = upload(dev, sub->commands,
			     (size_t)sub->num_commands * sizeof(*sub->commands),
			     MNET_BO_READ | MNET_BO_COMMAND, &program->jobs[i].commands, err);
		if (!ret)
			ret = upload(dev, sub->weights, sub->weights_size, MNET_BO_READ,
				     &program->jobs[i].weights, err);
		if (ret) {
			program_free(dev, program);
			return ret;
		}
		program->jobs[i].dynamic_pj = mnet_energy_dynamic_pj(&dev->config, sub);
	}
	*out = program;
	return 0;
}

int mnet_program_get(struct mnet_device *dev, const struct mnet_executable *exe,
		     struct mnet_program **out, struct mnet_error *err)
{
	struct mnet_program *program;
	int ret = 0;

	pthread_mutex_lock(&dev->lock);
	for (program = dev->programs; program; program = program->next) {
		if (program->exe == exe)
			break;
	}
	if (!program) {
		ret = program_new(dev, exe, &program, err);
		if (!ret) {
			program->next = dev->programs;
			dev->programs = program;
		}
	}
	if (!ret) {
		program->refs++;
		*out = program;
	}
	pthread_mutex_unlock(&dev->lock);
	return ret;
}

void mnet_program_put(struct mnet_device *dev, struct mnet_program *program)
{
	struct mnet_program **link = &dev->programs;

	pthread_mutex_lock(&dev->lock);
	if (!--program->refs) {
		while (*link != program)
			link = &(*link)->next;
		*link = program->next;
		program_free(dev, program);
	}
	pthread_mutex_unlock(&dev->lock);
}
