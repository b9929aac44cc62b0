// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reference.h"

extern char **environ;

pid_t reference_start(const char *runner, const char *model, const char *input, const char *out)
{
	char *const argv[] = { (char *)runner, (char *)model, (char *)input,
			       (char *)out,    "--ref",	      NULL };
	posix_spawn_file_actions_t files;
	char log[PATH_MAX];
	pid_t pid;
	int ret;

	snprintf(log, sizeof(log), "%s.log", out);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC,
					 0666);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	ret = posix_spawn(&pid, runner, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return ret ? -1 : pid;
}

bool reference_finish(pid_t process)
{
	int status;

	return process > 0 && waitpid(process, &status, 0) == process && status == 0;
}

bool reference_output(const char *out, unsigned int index, void *data, size_t size)
{
	char path[PATH_MAX];
	bool whole;
	FILE *f;

	snprintf(path, sizeof(path), "%s/output%u.raw", out, index);
	f = fopen(path, "rb");
	if (!f)
		return false;
	whole = fread(data, 1, size, f) == size && getc(f) == EOF;
	fclose(f);
	return whole;
}
