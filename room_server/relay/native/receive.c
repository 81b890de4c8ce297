/* The inner loop of receiving: what is usual of published RTP is decrypted, recorded and forwarded here.
 *
 * Python decides what is usual. It leases a stream to this loop when the next packet in order needs nothing but to be
 * passed on, and every such packet leaves an entry in the journal, from which Python does the stream's book-keeping
 * later. Everything else is handed to Python at once, in the order of arrival: other protocols, addresses and SSRCs it
 * has to look up, gaps, late packets, key frames, malformed ones. A lease ends with the worker's generation, which
 * Python counts on whenever anything changes.
 */

#define _GNU_SOURCE
#include "relay.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define LEAST_DATAGRAM 12
#define LONGEST_DATAGRAM 1500
#define RTP_HEADER 12
#define PAYLOAD_OFFSET 28
#define TAP_HEADER 13
#define PROBES 8
#define LONGEST_GAP 100

/* -- addresses ------------------------------------------------------------------------------------------- */

static uint32_t place_of(int32_t descriptor, const uint8_t *address, uint32_t length)
{
    uint32_t hash = 2166136261u ^ (uint32_t)descriptor;
    for (uint32_t index = 0; index < length; index++)
        hash = (hash ^ address[index]) * 16777619u;
    return hash ^ hash >> 15;
}

static struct place *find_place(struct receiver *receiver, int32_t descriptor, const uint8_t *address, uint32_t length)
{
    uint32_t first = place_of(descriptor, address, length);
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        struct place *place = &receiver->places[(first + probe) % PLACES];
        if (place->peer != NULL && place->descriptor == descriptor && place->length == length &&
            memcmp(place->address, address, length) == 0)
            return place;
    }
    return NULL;
}

/* Who is behind an address. The table may forget: Python knows them all and says it again. */
void yunting_remember(struct receiver *receiver, int32_t descriptor, const uint8_t *address, uint32_t length,
                      struct peer *peer)
{
    if (length > ADDRESS_BYTES)
        return;
    struct place *place = find_place(receiver, descriptor, address, length);
    uint32_t first = place_of(descriptor, address, length);
    for (uint32_t probe = 0; place == NULL && probe < PROBES; probe++) {
        struct place *free_one = &receiver->places[(first + probe) % PLACES];
        if (free_one->peer == NULL)
            place = free_one;
    }
    if (place == NULL)
        place = &receiver->places[first % PLACES];
    place->descriptor = descriptor;
    place->length = length;
    memcpy(place->address, address, length);
    place->peer = peer;
}

void yunting_forget(struct receiver *receiver, int32_t descriptor, const uint8_t *address, uint32_t length)
{
    struct place *place = find_place(receiver, descriptor, address, length);
    if (place != NULL)
        place->peer = NULL;
}

/* -- reading packets ------------------------------------------------------------------------------------- */

static uint32_t read16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t read32(const uint8_t *at)
{
    return read16(at) << 16 | read16(at + 2);
}

static void write32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

struct layout {
    int extension_offset, extension_end, payload_offset, payload_end;
    uint32_t profile;
};

/* parse_rtp of rtp/packet.py; 0 where that raises. */
static int read_layout(const uint8_t *data, int length, struct layout *layout)
{
    memset(layout, 0, sizeof *layout);
    if (length < RTP_HEADER || data[0] >> 6 != 2)
        return 0;
    int position = RTP_HEADER + 4 * (data[0] & 0x0F);
    if (data[0] & 0x10) {
        if (position + 4 > length)
            return 0;
        layout->profile = read16(data + position);
        layout->extension_offset = position + 4;
        position = layout->extension_end = position + 4 + 4 * (int)read16(data + position + 2);
    }
    if (position > length)
        return 0;
    layout->payload_offset = position;
    layout->payload_end = length;
    if (data[0] & 0x20) {
        int padding = data[length - 1];
        if (padding == 0 || position + padding > length)
            return 0;
        layout->payload_end = length - padding;
    }
    return 1;
}

struct elements {
    int level_offset, level_length, number_offset, number_length;
};

static void note_element(struct elements *found, int id, int offset, int length, int level_id, int number_id)
{
    if (id == level_id) {
        found->level_offset = offset;
        found->level_length = length;
    }
    if (id == number_id) {
        found->number_offset = offset;
        found->number_length = length;
    }
}

/* extension_elements of rtp/packet.py for the two ids that matter here; the last of equal ones counts. */
static struct elements read_elements(const uint8_t *data, const struct layout *layout, int level_id, int number_id)
{
    struct elements found = {-1, 0, -1, 0};
    int position = layout->extension_offset, end = layout->extension_end;
    int two_bytes = (layout->profile & 0xFFF0) == 0x1000;
    if (layout->profile != 0xBEDE && !two_bytes)
        return found;
    while (position + two_bytes < end) {
        int id = two_bytes ? data[position] : data[position] >> 4;
        if (data[position] == 0) {
            position++;
            continue;
        }
        int length = two_bytes ? data[position + 1] : (data[position] & 0x0F) + 1;
        int value = position + 1 + two_bytes;
        if ((!two_bytes && (id == 0 || id == 15)) || value + length > end)
            break;
        note_element(&found, id, value, length, level_id, number_id);
        position = value + length;
    }
    return found;
}

static int begins_vp8(const uint8_t *data, int size)
{
    if (size < 1)
        return 0;
    int length = 1;
    if (data[0] & 0x80) {
        if (size < 2)
            return 0;
        length = 2;
        if (data[1] & 0x80) {
            if (size < 3)
                return 0;
            length += data[2] & 0x80 ? 2 : 1;
        }
        length += (data[1] & 0x40 ? 1 : 0) + (data[1] & 0x30 ? 1 : 0);
    }
    return length < size && (data[0] & 0x17) == 0x10 && (data[length] & 0x01) == 0;
}

/* Where a VP8 descriptor has its counters, in the packet as it is laid out: descriptor_places of rtp/vp8.py. */
static uint32_t places_of(const uint8_t *data, int size)
{
    if (size < 3 || !(data[0] & 0x80))
        return 0;
    int at = 2;
    uint32_t places = 0;
    if (data[1] & 0x80) {
        int wide = data[2] & 0x80 ? 1 : 0;
        if (at + 1 + wide > size)
            return 0;
        places = (uint32_t)(at + PAYLOAD_OFFSET) | (wide ? 0x800u : 0);
        at += 1 + wide;
    }
    if (data[1] & 0x40 && at < size)
        places |= (uint32_t)(at + PAYLOAD_OFFSET) << 16;
    return places;
}

static int is_key_unit(uint8_t first)
{
    return (first & 0x1F) == 5 || (first & 0x1F) == 7;
}

static int begins_h264(const uint8_t *data, int size)
{
    if (size < 2)
        return 0;
    if (is_key_unit(data[0]))
        return 1;
    if ((data[0] & 0x1F) == 28)
        return data[1] & 0x80 && is_key_unit(data[1]);
    if ((data[0] & 0x1F) == 24)
        for (int position = 1; position + 2 < size; position += 2 + (int)read16(data + position))
            if (is_key_unit(data[position + 2]))
                return 1;
    return 0;
}

/* -- the usual packet ------------------------------------------------------------------------------------ */

static struct lease *find_lease(const struct peer *peer, uint32_t ssrc)
{
    for (uint32_t index = 0; index < peer->lease_count; index++)
        if (peer->leases[index]->ssrc == ssrc)
            return peer->leases[index];
    return NULL;
}

/* Lay the packet out as PacketFanout's template is; its size. */
static int lay_out(struct receiver *receiver, const struct lease *lease, const uint8_t *data,
                   const struct layout *layout, int level, uint32_t timestamp, uint8_t *packet)
{
    int size = layout->payload_end - layout->payload_offset;
    uint32_t sent = (uint32_t)((uint64_t)(receiver->now_s * 262144.0) & 0xFFFFFF);
    memset(packet, 0, PAYLOAD_OFFSET);
    packet[0] = 0x90;
    packet[1] = (uint8_t)((data[1] & 0x80) | lease->sent_payload_type);
    write32(packet + 4, timestamp);
    write32(packet + 21, (uint32_t)lease->send_time_element << 24 | sent);
    if (level >= 0) {
        packet[25] = lease->level_element;
        packet[26] = (uint8_t)level;
    }
    memcpy(packet + PAYLOAD_OFFSET, data + layout->payload_offset, (size_t)size);
    return PAYLOAD_OFFSET + size;
}

/* One datagram to the recorder; 0 where its socket does not take it, and until Python has found that it does again. */
static int record(struct receiver *receiver, const struct lease *lease, uint8_t *data, int length)
{
    if (lease->tap->descriptor < 0)
        return 0;
    uint8_t header[TAP_HEADER] = {0};
    write32(header + 1, lease->track);
    write32(header + 5, (uint32_t)(receiver->wall_ns >> 32));
    write32(header + 9, (uint32_t)receiver->wall_ns);
    struct iovec parts[2] = {{header, TAP_HEADER}, {data, (size_t)length}};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    if (sendmsg(lease->tap->descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
        lease->tap->descriptor = -1;
        return 0;
    }
    lease->tap->sent++;
    return 1;
}

/* Record and forward a decrypted packet, if it is usual. 0: Python has to do it. */
static int forward(struct receiver *receiver, struct lease *lease, const struct peer *peer, uint8_t *data, int length,
                   int received)
{
    struct layout layout;
    if (lease->granted != receiver->generation || !read_layout(data, length, &layout))
        return 0;
    int size = layout.payload_end - layout.payload_offset;
    uint16_t skipped = (uint16_t)(read16(data + 2) - (uint32_t)(lease->next & 0xFFFF));
    if ((data[1] & 0x7F) != lease->payload_type || skipped > LONGEST_GAP || size <= 0 ||
        PAYLOAD_OFFSET + size > PACKET_BYTES)
        return 0;
    const uint8_t *payload = data + layout.payload_offset;
    if ((lease->codec == CODEC_VP8 && begins_vp8(payload, size)) ||
        (lease->codec == CODEC_H264 && begins_h264(payload, size)))
        return 0;
    struct elements found = read_elements(data, &layout, lease->level_id, peer->number_id);
    if (lease->level_id && found.level_offset >= 0 && found.level_length < 1)
        return 0;

    struct entry *entry = &receiver->journal[receiver->entries++];
    entry->lease = lease->index;
    entry->extended = lease->next + skipped;
    lease->next = entry->extended + 1;
    entry->arrival_s = receiver->now_s;
    entry->arrival_ns = receiver->wall_ns;
    entry->rtp_timestamp = read32(data + 4);
    entry->received = (uint16_t)received;
    entry->length = (uint16_t)length;
    entry->level = (int16_t)(lease->level_id && found.level_offset >= 0 ? data[found.level_offset] : -1);
    entry->number = peer->number_id && found.number_length == 2 ? (int32_t)read16(data + found.number_offset) : -1;
    entry->plain_length = 0;
    if (lease->keeps_plain || (lease->tap != NULL && !record(receiver, lease, data, length))) {
        entry->plain_length = entry->length;
        memcpy(entry->plain, data, (size_t)length);
    }
    uint32_t timestamp = entry->rtp_timestamp + lease->timestamp_offset;
    entry->size = (uint16_t)lay_out(receiver, lease, data, &layout, entry->level, timestamp, entry->packet);
    entry->places = lease->codec == CODEC_VP8 ? places_of(payload, size) : 0;
    yunting_forward(entry->packet, entry->size, entry->extended, lease->codec == CODEC_SOUND, entry->places,
                    lease->targets, lease->target_count, *lease->graph, receiver->protect, &receiver->outcome);
    receiver->failures += receiver->outcome.failures;
    return 1;
}

/* -- the batch ------------------------------------------------------------------------------------------- */

static struct mmsghdr headers[DATAGRAMS];
static struct iovec vectors[DATAGRAMS];

static void prepare(struct receiver *receiver)
{
    static struct receiver *prepared;
    if (prepared == receiver)
        return;
    prepared = receiver;
    memset(headers, 0, sizeof headers);
    for (int index = 0; index < DATAGRAMS; index++) {
        vectors[index].iov_base = receiver->datagrams[index].data;
        vectors[index].iov_len = DATAGRAM_BYTES;
        headers[index].msg_hdr.msg_iov = &vectors[index];
        headers[index].msg_hdr.msg_iovlen = 1;
        headers[index].msg_hdr.msg_name = receiver->datagrams[index].address;
        headers[index].msg_hdr.msg_namelen = ADDRESS_BYTES;
    }
}

/* Read what has arrived, at most `most` datagrams; how many, or -1 where the socket reported an error. */
int yunting_receive(struct receiver *receiver, int32_t descriptor, int most, double now_s, uint64_t wall_ns)
{
    receiver->position = receiver->count = 0;
    receiver->descriptor = descriptor;
    receiver->now_s = now_s;
    receiver->wall_ns = wall_ns;
    if (most > DATAGRAMS)
        most = DATAGRAMS;
    prepare(receiver);
    int done = recvmmsg(descriptor, headers, (unsigned)most, MSG_DONTWAIT, NULL);
    if (done < 0)
        return -1;
    for (int index = 0; index < done; index++) {
        receiver->datagrams[index].length = (int32_t)headers[index].msg_len;
        receiver->datagrams[index].address_length = headers[index].msg_hdr.msg_namelen;
        headers[index].msg_hdr.msg_namelen = ADDRESS_BYTES;
    }
    receiver->count = done;
    return done;
}

/* Who sent a datagram of SRTP or SRTCP, where that is for this loop to know. */
static struct peer *peer_of(struct receiver *receiver, const struct datagram *datagram)
{
    if (datagram->length < LEAST_DATAGRAM || datagram->length > LONGEST_DATAGRAM ||
        datagram->address_length > ADDRESS_BYTES || datagram->data[0] >> 6 != 2)
        return NULL;
    struct place *place = find_place(receiver, receiver->descriptor, datagram->address, datagram->address_length);
    return place == NULL || place->peer->inbound == NULL ? NULL : place->peer;
}

/* Take one datagram as far as this loop can. */
static int take(struct receiver *receiver, struct datagram *datagram)
{
    uint8_t *data = datagram->data;
    struct peer *peer = peer_of(receiver, datagram);
    if (peer == NULL)
        return EVENT_RAW;
    int rtcp = data[1] >= 192 && data[1] <= 223, plain = datagram->length;
    struct lease *lease = rtcp ? NULL : find_lease(peer, read32(data + 8));
    if (rtcp ? peer->reporter == 0 || peer->reporter != read32(data + 4) : lease == NULL)
        return EVENT_RAW;
    if ((rtcp ? receiver->unprotect_report : receiver->unprotect)(peer->inbound, data, &plain) || plain <= 0)
        return EVENT_FORGED;
    receiver->peer = peer->index;
    receiver->received = datagram->length;
    datagram->length = plain;
    if (rtcp)
        return EVENT_REPORT;
    receiver->lease = lease->index;
    if (!forward(receiver, lease, peer, data, plain, receiver->received))
        return EVENT_PLAIN;
    return receiver->outcome.slow_count ? EVENT_UNFINISHED : EVENT_NONE;
}

/* Go through the batch up to the next datagram that Python has to see, and say why: one of the EVENT_ values. */
int yunting_next(struct receiver *receiver)
{
    while (receiver->position < receiver->count) {
        if (receiver->entries == ENTRIES)
            return EVENT_FULL;
        receiver->current = receiver->position++;
        int event = take(receiver, &receiver->datagrams[receiver->current]);
        if (event != EVENT_NONE)
            return event;
    }
    return EVENT_NONE;
}
