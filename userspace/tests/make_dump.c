// SPDX-License-Identifier: MIT
/* make_dump FILE: writes a crash dump such as the driver makes. */
#include "dump_file.h"
#include "programs/file.h"
#include "programs/report.h"

int main(int argc, char **argv)
{
	static struct dump_file file;
	struct mnet_error err;

	if (argc != 2)
		return report_usage("make_dump", "a file");
	dump_file_make(&file);
	if (file_write(argv[1], file.data, file.size, &err))
		return report("make_dump", argv[1], &err);
	return 0;
}
