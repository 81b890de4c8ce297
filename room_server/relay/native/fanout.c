/* The inner loop of the fan-out: number, encrypt and send one packet to each of its subscribers.
 *
 * The same rules as PacketFanout.forward in fanout.py, which stays the fallback and the oracle. Whatever is not the
 * usual case (a packet from before the last interruption, the first one after an interruption, a subscriber on a narrow line, a path that is not a
 * UDP socket) is handed back.
 *
 * libsrtp is called through the address of pylibsrtp's own srtp_protect, so nothing is linked.
 */

#define _GNU_SOURCE
#include "relay.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <netinet/in.h>

#define SLOT_BYTES 2048
#define BATCH 64
#define HEAD_OFFSET 8
#define HEAD_BYTES sizeof(((struct target *)0)->head)
#define EXTENSION_OVERHEAD 28
#define SEND_TIME_OFFSET 21
#define TRANSPORT_CC_ELEMENT (5 << 4 | 1)
#define SENT_KEPT 4096
#define TRAILER_BYTES 160

static uint8_t slots[BATCH][SLOT_BYTES];
static struct iovec vectors[BATCH];
static struct mmsghdr messages[BATCH];
static struct target *owners[BATCH];

static uint32_t clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
}

/* In the place of the abs-send-time, one byte shorter: a zero byte is padding (RFC 8285 section 4.1.2). */
static void write_number(uint8_t *element, uint16_t number)
{
    element[0] = TRANSPORT_CC_ELEMENT;
    element[1] = (uint8_t)(number >> 8);
    element[2] = (uint8_t)number;
    element[3] = 0;
}

static void note_sent(struct path *path, int size, uint32_t now_us)
{
    uint16_t number = (uint16_t)path->numbers;
    struct sent *record = &path->sent[number & (SENT_KEPT - 1)];
    record->at_us = now_us;
    record->bytes = (uint16_t)size;
    record->number = number;
    path->numbers++;
}

int yunting_send(struct path *path, const uint8_t *packet, int length, int element, protect_function protect)
{
    uint8_t *slot = slots[0];
    int size = length, numbered = element && path->sent != NULL;
    if (path->srtp == NULL || path->descriptor < 0 || length < 0 || length > SLOT_BYTES - TRAILER_BYTES ||
        element > length - 4)
        return 0;
    memcpy(slot, packet, (size_t)length);
    if (numbered)
        write_number(slot + element, (uint16_t)path->numbers);
    if (protect(path->srtp, slot, &size))
        return 0;
    if (numbered)
        note_sent(path, size, clock_us());
    if (sendto(path->descriptor, slot, (size_t)size, 0, (const struct sockaddr *)path->address, path->address_length) < 0)
        return 0;
    path->bytes_out += (uint64_t)size;
    return size;
}

static void flush(int descriptor, unsigned count, int length, struct outcome *outcome)
{
    unsigned sent = 0;
    while (sent < count) {
        int done = sendmmsg(descriptor, messages + sent, count - sent, 0);
        if (done <= 0) {
            /* The first of the rest could not be sent (full buffer, unreachable peer): lost, as datagrams are. */
            outcome->failures++;
            sent++;
            continue;
        }
        for (unsigned index = sent; index < sent + (unsigned)done; index++) {
            struct target *owner = owners[index];
            owner->forwarded++;
            owner->octets += (uint64_t)(length - EXTENSION_OVERHEAD);
            owner->path->bytes_out += vectors[index].iov_len;
        }
        sent += (unsigned)done;
    }
}

/* Make the packet part of the target's stream. `places` says where a VP8 descriptor has its counters: bits 0 to 10 the
 * offset of the picture id (0: none), bit 11 whether it has 15 bits, bits 16 and up the offset of TL0PICIDX (0: none). */
static void move(uint8_t *slot, const struct target *target, uint32_t places)
{
    uint32_t timestamp = (uint32_t)slot[4] << 24 | (uint32_t)slot[5] << 16 | (uint32_t)slot[6] << 8 | slot[7];
    unsigned picture_id_at = places & 0x7FF, tl0_at = places >> 16;
    timestamp += target->timestamp_delta;
    slot[4] = (uint8_t)(timestamp >> 24);
    slot[5] = (uint8_t)(timestamp >> 16);
    slot[6] = (uint8_t)(timestamp >> 8);
    slot[7] = (uint8_t)timestamp;
    if (picture_id_at && places & 0x800) {
        unsigned picture_id = ((slot[picture_id_at] & 0x7Fu) << 8 | slot[picture_id_at + 1]) + target->picture_id_delta;
        slot[picture_id_at] = (uint8_t)(0x80 | (picture_id >> 8 & 0x7F));
        slot[picture_id_at + 1] = (uint8_t)picture_id;
    } else if (picture_id_at) {
        slot[picture_id_at] = (uint8_t)((slot[picture_id_at] + target->picture_id_delta) & 0x7F);
    }
    if (tl0_at)
        slot[tl0_at] = (uint8_t)(slot[tl0_at] + target->tl0_delta);
}

/* `graph` is the version in force: a target permitted under another one is counted as forbidden and gets nothing.
 * `places` is for `move`. */
void yunting_forward(const uint8_t *packet, int length, int64_t extended, int key_frame, uint32_t places,
                     struct target **targets, uint32_t count, uint64_t graph, protect_function protect, struct outcome *outcome)
{
    unsigned queued = 0;
    int descriptor = -1;
    uint32_t now_us = 0;
    int timed = 0;
    outcome->slow_count = outcome->failures = 0;
    for (uint32_t index = 0; index < count; index++) {
        struct target *target = targets[index];
        struct path *path = target->path;
        if (target->needs_key_frame && !key_frame)
            continue;
        if (target->needs_key_frame || target->interrupted || target->paced || path->descriptor < 0 ||
            (extended <= target->highest_in && extended < target->first)) {
            if (outcome->slow_count < 1024)
                outcome->slow[outcome->slow_count++] = (uint16_t)index;
            continue;
        }
        int64_t number = extended + target->delta;
        if (extended > target->highest_in) {
            target->highest_in = extended;
            target->highest_out = number;
        }
        if (target->graph != graph) {
            target->forbidden++;
            continue;
        }
        if (path->srtp == NULL)
            continue;
        if (queued && (queued == BATCH || path->descriptor != descriptor)) {
            flush(descriptor, queued, length, outcome);
            queued = 0;
        }
        descriptor = path->descriptor;
        uint8_t *slot = slots[queued];
        memcpy(slot, packet, (size_t)length);
        slot[2] = (uint8_t)(number >> 8);
        slot[3] = (uint8_t)number;
        memcpy(slot + HEAD_OFFSET, target->head, HEAD_BYTES);
        if (target->moved)
            move(slot, target, places);
        int numbered = target->numbered && path->sent != NULL;
        uint16_t transport_number = (uint16_t)path->numbers;
        if (numbered) {
            write_number(slot + SEND_TIME_OFFSET, transport_number);
        }
        int size = length;
        if (protect(path->srtp, slot, &size)) {
            outcome->failures++;
            continue;
        }
        if (numbered) {
            if (!timed) {
                now_us = clock_us();
                timed = 1;
            }
            note_sent(path, size, now_us);
        }
        vectors[queued].iov_base = slot;
        vectors[queued].iov_len = (size_t)size;
        memset(&messages[queued], 0, sizeof messages[queued]);
        messages[queued].msg_hdr.msg_iov = &vectors[queued];
        messages[queued].msg_hdr.msg_iovlen = 1;
        messages[queued].msg_hdr.msg_name = path->address;
        messages[queued].msg_hdr.msg_namelen = path->address_length;
        owners[queued++] = target;
    }
    if (queued)
        flush(descriptor, queued, length, outcome);
}

#ifndef SOURCE_DIGEST
#define SOURCE_DIGEST ""
#endif

const char *yunting_source(void)
{
    return SOURCE_DIGEST;
}
