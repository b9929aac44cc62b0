/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accelerator as a PCI function behind a vfio-user socket.
 *
 * Two threads: the one that calls vfio_server_serve() answers messages and
 * never waits for the device longer than one command takes (DMA_UNMAP does);
 * a worker of the server's own lets the device's time pass.
 */
#ifndef EDGETPU_VFIO_SERVER_H
#define EDGETPU_VFIO_SERVER_H

#include <stdint.h>

#include "core/device.h"

struct vfio_server;

/* 0; -ENOMEM; -EINVAL: an impossible configuration; -EAGAIN: no thread */
int vfio_server_new(const struct edgetpu_config *config, struct vfio_server **server);
void vfio_server_free(struct vfio_server *server);
/* Before it serves: a function with one MSI vector and no MSI-X. */
void vfio_server_single_msi(struct vfio_server *server);
/* Before it serves: the unit's serial number. */
void vfio_server_serial(struct vfio_server *server, uint64_t serial);
/* Opens the window in BAR0 through which the client injects faults (edgetpu_fault.h). */
void vfio_server_open_window(struct vfio_server *server);
/* Injects one: EDGETPU_FAULT(). Any thread. */
void vfio_server_inject(struct vfio_server *server, uint32_t fault);

/* Before it serves: a function that lies, in ways that follow from @seed; 0 or -ENOMEM. */
int vfio_server_hostile(struct vfio_server *server, uint64_t seed);

/**
 * vfio_server_serve - serve one client until it goes
 * @fd: its stream socket; stays the caller's
 * @stop_fd: readable: come back; -1 for none
 *
 * The function is in its reset state afterwards, for the next client.
 *
 * Return: 0: the client has gone; -ECANCELED: @stop_fd; -EPROTO: it sent what is
 * no vfio-user message; else what the socket said.
 */
int vfio_server_serve(struct vfio_server *server, int fd, int stop_fd);

/**
 * struct vfio_server_stats - counted since vfio_server_new()
 * @messages: received
 * @errors: of them answered with an error
 * @bad_accesses: writes to BAR0 that were not aligned 32-bit ones, ignored
 */
struct vfio_server_stats {
	uint64_t messages;
	uint64_t errors;
	uint64_t bad_accesses;
};

/* From the thread that serves. */
void vfio_server_stats(const struct vfio_server *server, struct vfio_server_stats *stats);

#endif /* EDGETPU_VFIO_SERVER_H */
