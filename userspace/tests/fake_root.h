/* SPDX-License-Identifier: MIT */
/* A root directory with devices and processes in /sys and /proc, as files of a test's. */
#ifndef TESTS_FAKE_ROOT_H
#define TESTS_FAKE_ROOT_H

/* A new one: the path, until fake_root_free() */
char *fake_root(void);
void fake_root_free(char *root);

/* Writes a file, with the folders on the way to it; the path is formatted. */
void fake_file(const char *root, const char *content, const char *path, ...)
	__attribute__((format(printf, 3, 4)));
/* A link in place of a file */
void fake_link(const char *root, const char *target, const char *path, ...)
	__attribute__((format(printf, 3, 4)));
void fake_remove(const char *root, const char *path, ...) __attribute__((format(printf, 2, 3)));

/* The device 0000:00:02.0 with all that there is, whose node is /dev/null */
void fake_device(const char *root);
/* The file @fd of a process of that name, which is the node; what it has is in @fdinfo. */
void fake_client(const char *root, int pid, const char *name, int fd, const char *fdinfo);

#endif /* TESTS_FAKE_ROOT_H */
