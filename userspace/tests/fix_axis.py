#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""fix_axis.py IN.tflite OUT.tflite

Some converters copy the weights' quantized_dimension to the bias, which has one
dimension; TensorFlow Lite's own interpreter refuses such a model. This sets it
to 0 in the bytes and changes nothing else, so that the reference can run it.
"""
import struct
import sys

# Field numbers of TensorFlow Lite's schema
MODEL_SUBGRAPHS, SUBGRAPH_TENSORS = 2, 0
TENSOR_SHAPE, TENSOR_QUANTIZATION, QUANTIZATION_AXIS = 0, 4, 6


def get(fmt, at):
    return struct.unpack_from("<" + fmt, data, at)[0]


def field(table, number):
    """Where a field of a FlatBuffer table is, or None"""
    vtable = table - get("i", table)
    slot = 4 + 2 * number
    offset = get("H", vtable + slot) if slot < get("H", vtable) else 0
    return table + offset if offset else None


def follow(at):
    return at + get("I", at)


def tables(at):
    vector = follow(at)
    return [follow(vector + 4 + 4 * i) for i in range(get("I", vector))]


data = bytearray(open(sys.argv[1], "rb").read())
for subgraph in tables(field(follow(0), MODEL_SUBGRAPHS)):
    for tensor in tables(field(subgraph, SUBGRAPH_TENSORS)):
        shape = field(tensor, TENSOR_SHAPE)
        quantization = field(tensor, TENSOR_QUANTIZATION)
        if not shape or not quantization or get("I", follow(shape)) != 1:
            continue
        axis = field(follow(quantization), QUANTIZATION_AXIS)
        if axis:
            struct.pack_into("<i", data, axis, 0)
open(sys.argv[2], "wb").write(data)
