// SPDX-License-Identifier: MIT
/* mnet-infer's result for programs. The members' names are an interface. */
#include <errno.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "programs/infer.h"
#include "programs/report.h"

static bool add_top(cJSON *object, const struct infer_result *r)
{
	cJSON *top = cJSON_AddArrayToObject(object, "top");

	for (size_t i = 0; top && i < r->scores.count; i++) {
		const struct score *s = &r->scores.top[i];
		cJSON *entry = cJSON_CreateObject();
		char number[24];

		if (!entry || !cJSON_AddItemToArray(top, entry) ||
		    !cJSON_AddNumberToObject(entry, "index", s->index) ||
		    !cJSON_AddStringToObject(entry, "label",
					     labels_get(&r->labels, s->index, number)) ||
		    !cJSON_AddNumberToObject(entry, "score", s->score))
			return false;
	}
	return top;
}

static bool add_classes(cJSON *object, const struct infer_result *r)
{
	cJSON *classes = cJSON_AddArrayToObject(object, "classes");

	for (size_t i = 0; classes && i < r->segmentation.count; i++) {
		const struct segment_class *c = &r->segmentation.classes[i];
		cJSON *entry = cJSON_CreateObject();
		char number[24];

		if (!entry || !cJSON_AddItemToArray(classes, entry) ||
		    !cJSON_AddNumberToObject(entry, "index", c->index) ||
		    !cJSON_AddStringToObject(entry, "label",
					     labels_get(&r->labels, c->index, number)) ||
		    !cJSON_AddNumberToObject(entry, "share", c->share))
			return false;
	}
	return classes;
}

static bool add_segmentation(cJSON *object, const struct infer_result *r)
{
	cJSON *s = cJSON_AddObjectToObject(object, "segmentation");

	return s && cJSON_AddNumberToObject(s, "width", r->segmentation.width) &&
	       cJSON_AddNumberToObject(s, "height", r->segmentation.height) && add_classes(s, r);
}

static bool fill(cJSON *object, const struct infer_result *r)
{
	unsigned int accelerated = infer_accelerated(r->exe);
	unsigned int ops = mnet_executable_num_ops(r->exe);
	char device[256];

	return cJSON_AddStringToObject(object, "device",
				       printable(device, sizeof(device), r->device)) &&
	       cJSON_AddNumberToObject(object, "model_cycles", r->run.model_cycles) &&
	       cJSON_AddNumberToObject(object, "model_ms", r->run.model_ms) &&
	       cJSON_AddNumberToObject(object, "host_ms", r->host_ms) &&
	       (r->options->repeat == 1 ||
		cJSON_AddNumberToObject(object, "host_ms_min", r->host_ms_min)) &&
	       (r->run.energy_mj < 0 ||
		cJSON_AddNumberToObject(object, "energy_mj", r->run.energy_mj)) &&
	       cJSON_AddNumberToObject(object, "operators_on_accelerator", accelerated) &&
	       cJSON_AddNumberToObject(object, "operators_on_cpu", ops - accelerated) &&
	       cJSON_AddNumberToObject(object, "subgraphs",
				       mnet_executable_num_subgraphs(r->exe)) &&
	       add_top(object, r) && (r->kind != INFER_SEGMENT || add_segmentation(object, r));
}

int infer_print_json(const struct infer_result *r, FILE *out, struct mnet_error *err)
{
	cJSON *object = cJSON_CreateObject();
	char *text = NULL;

	if (object && fill(object, r))
		text = cJSON_Print(object);
	cJSON_Delete(object);
	if (!text)
		return set_error(err, -ENOMEM, "out of memory");
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}
