/* What the compiled loops and Python share. Python's FFI reads this very file, so only plain declarations stand here. */

#pragma once
#include <stdint.h>

typedef int (*protect_function)(void *context, void *packet, int *length);

/* One numbered packet: when it was sent (microseconds of the steady clock, the low 32 bits), its size, its number. */
struct sent {
    uint32_t at_us;
    uint16_t bytes, number;
};

/* Where one transport's peer is; `descriptor` -1 where it is not a UDP socket. `sent`: the newest numbered packets by
 * number, NULL where the peer does not report them; `numbers`: how many were numbered. */
struct path {
    void *srtp;
    struct sent *sent;
    uint32_t numbers;
    int32_t descriptor;
    uint32_t address_length;
    uint8_t address[28];
    uint64_t bytes_out;
};

/* One subscriber of one producer. Numbers are extended sequence numbers: output = input + delta. */
struct target {
    struct path *path;
    uint64_t graph;
    int64_t highest_in, highest_out, delta;
    uint64_t forwarded, octets, forbidden;
    uint8_t head[13];
    uint8_t interrupted, needs_key_frame, numbered;
    /* What is added where the stream continues from another layer; `moved` is 0 where that is nothing. */
    uint8_t moved, tl0_delta;
    uint16_t picture_id_delta;
    uint32_t timestamp_delta;
};

struct outcome {
    uint32_t slow_count;
    uint32_t failures;
    uint16_t slow[1024];
};

void yunting_forward(const uint8_t *packet, int length, int64_t extended, int key_frame, uint32_t places,
                     struct target **targets, uint32_t count, uint64_t graph, protect_function protect,
                     struct outcome *outcome);

/* SHA-256 of these sources as they were compiled, so that a library left over from older ones is not used. */
const char *yunting_source(void);
