// SPDX-License-Identifier: MIT
/*
 * mnet-models: writes the networks as .tflite files with seeded weights.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "networks.h"
#include "tflite/writer.h"

static int build_edgetpu_100(struct net *net, int32_t size)
{
	return mobilenet_edgetpu(net, 1.0, size);
}

static int build_edgetpu_075(struct net *net, int32_t size)
{
	return mobilenet_edgetpu(net, 0.75, size);
}

static const struct {
	const char *name;
	int (*build)(struct net *net, int32_t size);
} networks[] = {
	{ "mobilenet_edgetpu_1.0", build_edgetpu_100 },
	{ "mobilenet_edgetpu_0.75", build_edgetpu_075 },
	{ "mobilenet_v3_small", mobilenet_v3_small },
};

#define NUM_NETWORKS (sizeof(networks) / sizeof(networks[0]))

static int usage(FILE *f, int status)
{
	fprintf(f, "usage: mnet-models NETWORK -o FILE.tflite [--type int8|uint8|float] [--size PIXELS] [--seed N]\n"
		   "       mnet-models --list\n"
		   "Writes a network with seeded random weights, as TensorFlow Lite runs it.\n");
	return status;
}

/* A whole number in [low, high], or -1 */
static long parse_number(const char *text, long low, long high)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(text, &end, 10);
	return errno || end == text || *end || v < low || v > high ? -1 : v;
}

static bool parse_type(const char *text, enum mnet_type *type)
{
	static const struct {
		const char *name;
		enum mnet_type type;
	} types[] = {
		{ "int8", MNET_INT8 }, { "uint8", MNET_UINT8 }, { "float", MNET_FLOAT32 },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!strcmp(types[i].name, text)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

static int list(void)
{
	for (size_t i = 0; i < NUM_NETWORKS; i++)
		printf("%s\n", networks[i].name);
	return 0;
}

static int build(const char *name, const char *path, enum mnet_type type, int32_t size,
		 uint64_t seed)
{
	const struct mnet_graph *graph;
	struct mnet_error err = { "" };
	struct net *net;
	size_t i = 0;
	int ret = 1;

	while (i < NUM_NETWORKS && strcmp(networks[i].name, name))
		i++;
	if (i == NUM_NETWORKS) {
		fprintf(stderr, "mnet-models: no network %s; --list names them\n", name);
		return 2;
	}
	net = net_new(type, seed);
	if (!net) {
		fprintf(stderr, "mnet-models: out of memory\n");
		return 1;
	}
	graph = net_finish(net, networks[i].build(net, size), &err);
	if (!graph || mnet_tflite_save(graph, "seeded weights", path, &err)) {
		fprintf(stderr, "mnet-models: %s\n", err.message);
	} else {
		printf("%s: %s, %.1f M MACs, %.3f M parameters\n", path, name,
		       (double)net_macs(net) / 1e6, (double)net_params(net) / 1e6);
		ret = 0;
	}
	net_free(net);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "type", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	enum mnet_type type = MNET_INT8;
	const char *path = NULL;
	long size = 224, seed = 1;
	int c;

	while ((c = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			path = optarg;
			break;
		case 't':
			if (!parse_type(optarg, &type))
				return usage(stderr, 2);
			break;
		case 's':
			size = parse_number(optarg, 32, 2048);
			break;
		case 'r':
			seed = parse_number(optarg, 0, 2147483647);
			break;
		case 'l':
			return list();
		case 'h':
			return usage(stdout, 0);
		default:
			return usage(stderr, 2);
		}
	}
	if (optind + 1 != argc || !path || size < 0 || seed < 0)
		return usage(stderr, 2);
	return build(argv[optind], path, type, (int32_t)size, (uint64_t)seed);
}
