// SPDX-License-Identifier: MIT
/*
 * Finds and loads a transport plug-in. It stays loaded for the process: its
 * threads may end later than the last device is closed.
 */
#define _GNU_SOURCE	/* dladdr */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/paths.h"
#include "runtime/runtime.h"

static bool join(char path[PATH_MAX], const char *dir, size_t dir_len, const char *sub,
		 const char *file)
{
	int n = snprintf(path, PATH_MAX, "%.*s/%s%s", (int)dir_len, dir, sub, file);

	return n > 0 && n < PATH_MAX && !access(path, R_OK);
}

/* The directory of the file that this code was loaded from */
static bool own_directory(char dir[PATH_MAX])
{
	Dl_info info;
	char *slash;

	if (!dladdr((void *)(uintptr_t)mnet_plugin_load, &info) || !info.dli_fname)
		return false;
	if (!realpath(info.dli_fname, dir))
		return false;
	slash = strrchr(dir, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

/* $MNET_PLUGIN_PATH, a list of directories, decides alone when it is set. */
static bool find_in_list(char path[PATH_MAX], const char *list, const char *file)
{
	while (*list) {
		size_t len = strcspn(list, ":");

		if (len && join(path, list, len, "", file))
			return true;
		list += len;
		list += *list == ':';
	}
	return false;
}

static bool find(char path[PATH_MAX], const char *file)
{
	/* Installed, and in the build tree: seen from the library and from a test program */
	static const char *const places[] = { "", "mnet/", "../device/sim/", "../../device/sim/" };
	const char *list = getenv("MNET_PLUGIN_PATH");
	char dir[PATH_MAX];

	if (list && *list)
		return find_in_list(path, list, file);
	if (own_directory(dir)) {
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			if (join(path, dir, strlen(dir), places[i], file))
				return true;
		}
	}
	return join(path, MNET_PLUGIN_DIR, strlen(MNET_PLUGIN_DIR), "", file);
}

int mnet_plugin_load(const char *name, const struct mnet_transport_ops **ops,
		     struct mnet_error *err)
{
	const struct mnet_transport_ops *found;
	char file[64], path[PATH_MAX];
	void *handle;

	snprintf(file, sizeof(file), "libmnet-%s.so", name);
	if (!find(path, file))
		return mnet_fail(err, -ENOENT,
				 "%s is neither in %s nor beside libmnet: build it, or set MNET_PLUGIN_PATH to its directory",
				 file, MNET_PLUGIN_DIR);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return mnet_fail(err, -ENOENT, "cannot load the plug-in: %s", dlerror());
	found = dlsym(handle, MNET_TRANSPORT_SYMBOL);
	if (!found) {
		dlclose(handle);
		return mnet_fail(err, -EPROTO, "%s is no transport plug-in: it has no symbol %s",
				 path, MNET_TRANSPORT_SYMBOL);
	}
	if (found->abi != MNET_TRANSPORT_ABI) {
		unsigned int abi = found->abi;

		dlclose(handle);
		return mnet_fail(err, -EPROTO,
				 "%s speaks interface %u, this library %u: build both from one tree",
				 path, abi, MNET_TRANSPORT_ABI);
	}
	*ops = found;
	return 0;
}
