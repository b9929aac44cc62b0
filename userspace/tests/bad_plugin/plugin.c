// SPDX-License-Identifier: MIT
/* A plug-in of another time: its interface has another number. */
#include "runtime/transport.h"

const struct mnet_transport_ops mnet_transport = { .abi = 999, .name = "sim" };
