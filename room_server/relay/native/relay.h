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
    uint64_t numbers;
    int32_t descriptor;
    uint32_t address_length;
    uint8_t address[28];
    uint64_t bytes_out;
};

/* One subscriber of one producer. Numbers are extended sequence numbers: output = input + delta, from the input `first`
 * on. */
struct target {
    struct path *path;
    uint64_t graph;
    int64_t highest_in, highest_out, delta, first;
    uint64_t forwarded, octets, forbidden;
    uint8_t head[13];
    uint8_t interrupted, needs_key_frame, numbered;
    uint8_t paced;
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

/* Encrypt and send one finished packet; how many bytes, or 0 where that failed. `element` is the offset of the send
 * time's element, which the path's next transport-wide number replaces; 0: the packet gets none. */
int yunting_send(struct path *path, const uint8_t *packet, int length, int element, protect_function protect);

/* SHA-256 of these sources as they were compiled, so that a library left over from older ones is not used. */
const char *yunting_source(void);

/* -- receiving (receive.c) -- */

#define DATAGRAMS 32
#define DATAGRAM_BYTES 2048
#define ADDRESS_BYTES 28
#define PACKET_BYTES 1536
#define ENTRIES 128
#define PLACES 4096
#define LEASES_PER_PEER 16

/* The recorder's socket; `descriptor` -1 while datagrams wait for it, or there is none. */
struct tap {
    int32_t descriptor;
    uint64_t sent;
};

#define CODEC_SOUND 0
#define CODEC_VP8 1
#define CODEC_H264 2

/* A stream whose next packet in order (`next`) needs nothing but to be recorded and forwarded, as long as `granted` is
 * the receiver's generation. `graph`: where its room keeps the token in force. `tap`: where it is recorded, or NULL;
 * `keeps_plain`: Python records it, from the journal. */
struct lease {
    uint64_t granted;
    const uint64_t *graph;
    struct target **targets;
    struct tap *tap;
    int64_t next;
    uint32_t index, ssrc, target_count, track, timestamp_offset;
    uint8_t payload_type, sent_payload_type, codec, level_id, send_time_element, level_element, keeps_plain;
};

/* Who sends: the SRTP context (NULL: none), and the streams that are leased. `number_id`: the extension with
 * transport-wide numbers, 0 where there is none; `reporter`: whose RTCP was authentic, 0: nobody's yet. */
struct peer {
    void *inbound;
    uint32_t index, number_id, reporter, lease_count;
    struct lease *leases[LEASES_PER_PEER];
};

/* Behind which address of which of our sockets a peer is. */
struct place {
    struct peer *peer;
    int32_t descriptor;
    uint32_t length;
    uint8_t address[ADDRESS_BYTES];
};

struct datagram {
    int32_t length;
    uint32_t address_length;
    uint8_t address[ADDRESS_BYTES];
    uint8_t data[DATAGRAM_BYTES];
};

/* What one forwarded packet leaves for the book-keeping. `received`: bytes of the datagram, `length`: decrypted, `size`:
 * of `packet`, as it was laid out for subscribers; `level` and `number`: audio level and transport-wide number, or -1;
 * `places`: for yunting_forward; `plain`: what is left to record, `plain_length` 0 where nothing is. */
struct entry {
    double arrival_s;
    uint64_t arrival_ns;
    int64_t extended;
    uint32_t lease, rtp_timestamp, places;
    int32_t number;
    int16_t level;
    uint16_t received, length, size, plain_length;
    uint8_t packet[PACKET_BYTES];
    uint8_t plain[PACKET_BYTES];
};

#define EVENT_NONE 0
#define EVENT_RAW 1
#define EVENT_PLAIN 2
#define EVENT_FORGED 3
#define EVENT_UNFINISHED 4
#define EVENT_FULL 5
#define EVENT_REPORT 6

/* One worker's. `current`, `lease`, `peer`, `received` and `outcome` tell of the event. */
struct receiver {
    uint64_t generation;
    protect_function protect, unprotect, unprotect_report;
    double now_s;
    uint64_t wall_ns;
    int32_t descriptor, count, position, current, received;
    uint32_t lease, peer, entries, failures;
    struct outcome outcome;
    struct place places[PLACES];
    struct datagram datagrams[DATAGRAMS];
    struct entry journal[ENTRIES];
};

void yunting_remember(struct receiver *receiver, int32_t descriptor, const uint8_t *address, uint32_t length,
                      struct peer *peer);
void yunting_forget(struct receiver *receiver, int32_t descriptor, const uint8_t *address, uint32_t length);
int yunting_receive(struct receiver *receiver, int32_t descriptor, int most, double now_s, uint64_t wall_ns);
int yunting_next(struct receiver *receiver);
