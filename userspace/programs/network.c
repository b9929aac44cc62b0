// SPDX-License-Identifier: MIT
#include "programs/network.h"

int network_load(const char *path, const struct mnet_hw_config *config,
		 const struct mnet_compile_options *options, struct mnet_executable **exe,
		 struct mnet_error *err)
{
	struct mnet_model *model;
	int ret;

	if (mnet_executable_probe(path))
		return mnet_executable_load(path, exe, err);
	ret = mnet_model_load(path, &model, err);
	if (ret)
		return ret;
	ret = mnet_compile(model, config, options, exe, err);
	mnet_model_free(model);
	return ret;
}
