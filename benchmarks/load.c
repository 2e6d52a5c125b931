/* The load: opens many WebSockets, publishes prepared bytes, lets rooms talk, and says in JSON what came back, when.
 *
 *     load LINES [--greet-on TEXT] [--greet TEXT] [--ready TEXT] [--say FILE] [--publish ADDRESS FILE] [--in-order]
 *          [--opening COUNT]
 *
 * LINES holds one connection a line, by tabs: host:port, path, role, room, further headers ("Name: value" or nothing).
 * Roles: L listens to broadcasts; A and B are the two sides of a room, W watches it.
 * A frame that holds the text of --greet-on is answered by --greet; a line is ready when it has heard --ready, or, when
 * none is given, at its upgrade. --say: one frame to be said a line, --publish: bytes to be written to ADDRESS (host:port or a
 * path); in both, @@@@@@@@ is where a number is written. --in-order: "seq" must rise by one on every line.
 * --opening: so many handshakes at once.
 *
 * Then it reads commands and answers each by one line of JSON:
 *     one ROUNDS SECONDS             publish, wait until all L have it, publish the next
 *     flood SECONDS WINDOW           the same with WINDOW broadcasts under way all the time, for SECONDS at least
 *     talk RATE SECONDS WARM EVERY WINDOW PACE    rooms talk, their sides in turn: RATE messages/s whatever comes back, or
 *                                    (0) with WINDOW under way all the time, each until it is acknowledged and has reached
 *                                    the other side, and no side saying more than one in PACE seconds; beside it a
 *                                    broadcast every EVERY seconds (0: none)
 *     hold SECONDS                   only answer pings
 * One core, one thread, epoll. A line that is hung up on ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MARK "@@@@@@@@"
#define KEY "dGhlIHNhbXBsZSBub25jZQ==" /* of RFC 6455, 1.3: the answer is known without SHA-1 */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define BUFFER (1 << 20)
#define EVENTS 512
#define TRIES 50             /* to open a line that the server hangs up on before it is ready */
#define STALL 20000000000ull /* ns without a delivery: what is missing now is lost */
#define AGAIN 200000000ull   /* ns after a refusal that asks to try again */
#define OPENED 300000000000ull /* a busy machine signs in a few a second */
#define SETTLE 15000000000ull
#define MOST 20000000        /* numbers have seven digits */

typedef uint64_t ns;
typedef struct { char *at; size_t size; } bytes;
typedef struct {
    int fd, room, tries, stage; /* 0 connecting, 1 upgrading, 2 greeting, 3 ready, -1 to be opened again */
    char role;
    bytes request, held;
    uint32_t seq;
    ns said_at;
    struct sockaddr_in to;
} line;
typedef struct { ns due; int from; uint8_t got; } message; /* got: 1 ack, 2 the other side, 4 the watcher */
typedef struct { ns at; uint32_t heard; } broadcast;
typedef struct { double *at; size_t size, room; } figures;
typedef struct { ns due; uint32_t what; } later;
typedef struct { later *at; size_t head, tail, room; } queue;

static line *lines;
static int line_count, ready_count, listeners, room_count, poller, publisher = -1, in_order, flowing;
static int room_of[1 << 20][3]; /* lines of a room: A, B, W */
static const char *greet_on, *greet, *ready_on;
static bytes *texts, envelope;
static int text_count;
static size_t envelope_mark;
static message *messages;
static uint32_t message_count, open_messages, refused, done_messages, turns;
static broadcast *broadcasts;
static uint32_t broadcast_count, open_broadcasts, extra;
static uint64_t deliveries;
static ns last_delivery, warm_at, pace;
static figures last_receiver, acks, others, watchers;
static queue resting, again, reopening;
static int opening = 256; /* handshakes under way at once: fewer than a listener's backlog */
static char buffer[BUFFER + 16];

static ns now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void fail(const char *why, ...) {
    va_list rest;
    va_start(rest, why);
    printf("{\"error\":\"");
    vprintf(why, rest);
    printf("\"}\n");
    exit(1);
}

static void *room_for(void *at, size_t size) {
    void *found = realloc(at, size);
    if (!found) fail("out of memory");
    return found;
}

static void add(figures *all, double one) {
    if (all->size == all->room) all->at = room_for(all->at, (all->room = 2 * all->room + 1024) * sizeof one);
    all->at[all->size++] = one;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nearest rank, in milliseconds; null for none. */
static void print_quantiles(const char *name, figures *all) {
    qsort(all->at, all->size, sizeof(double), by_size);
    printf(",\"%s\":", name);
    if (!all->size) { printf("null"); return; }
    size_t half = (all->size + 1) / 2 - 1, most = (all->size * 99 + 99) / 100 - 1;
    printf("[%.3f,%.3f,%zu]", all->at[half], all->at[most], all->size);
    all->size = 0;
}

static void put(queue *q, ns due, uint32_t what) {
    if (q->tail == q->room) {
        memmove(q->at, q->at + q->head, (q->tail - q->head) * sizeof(later));
        q->tail -= q->head, q->head = 0;
        if (q->tail * 2 >= q->room) q->at = room_for(q->at, (q->room = 2 * q->room + 1024) * sizeof(later));
    }
    q->at[q->tail++] = (later){due, what};
}

static bytes file(const char *path) {
    FILE *in = fopen(path, "rb");
    if (!in) fail("%s: %s", path, strerror(errno));
    bytes read = {0};
    fseek(in, 0, SEEK_END);
    read.size = ftell(in);
    rewind(in);
    read.at = room_for(NULL, read.size + 1);
    if (fread(read.at, 1, read.size, in) != read.size) fail("%s: short", path);
    read.at[read.size] = 0;
    fclose(in);
    return read;
}

/* Lines */

static struct sockaddr_in address(char *text) {
    char *colon = strrchr(text, ':');
    if (!colon) fail("no port in %s", text);
    *colon = 0;
    struct sockaddr_in found = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
    if (inet_pton(AF_INET, text, &found.sin_addr) != 1) fail("%s is no address", text);
    *colon = ':';
    return found;
}

static void read_lines(const char *path) {
    char *rest = file(path).at, *text;
    while ((text = strsep(&rest, "\n")) && *text) {
        char *host = strsep(&text, "\t"), *where = strsep(&text, "\t"), *role = strsep(&text, "\t"),
             *room = strsep(&text, "\t");
        lines = room_for(lines, (line_count + 1) * sizeof(line));
        line *it = &lines[line_count];
        *it = (line){.fd = -1, .role = *role, .room = atoi(room), .to = address(host)};
        it->request.size = asprintf(&it->request.at,
            "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: " KEY "\r\n%s%s\r\n", where, host, text && *text ? text : "", text && *text ? "\r\n" : "");
        if (it->role == 'L') listeners++;
        else room_of[it->room][it->role == 'A' ? 0 : it->role == 'B' ? 1 : 2] = line_count;
        line_count++;
    }
}

static void begin(int number) {
    line *it = &lines[number];
    int one = 1;
    it->stage = 0;
    it->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (it->fd < 0) fail("socket: %s", strerror(errno));
    setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(it->fd, (struct sockaddr *)&it->to, sizeof it->to) < 0 && errno != EINPROGRESS)
        fail("connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = number};
    epoll_ctl(poller, EPOLL_CTL_ADD, it->fd, &event);
}

static void upgrade(int number) {
    line *it = &lines[number];
    if (send(it->fd, it->request.at, it->request.size, MSG_NOSIGNAL) != (ssize_t)it->request.size)
        fail("line %d was refused", number);
    it->stage = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    epoll_ctl(poller, EPOLL_CTL_MOD, it->fd, &event);
}

/* One masked frame; `mark` is where eight characters of `number` go, or negative. */
static void send_frame(line *to, int opcode, const char *payload, size_t size, long mark, const char *number) {
    static unsigned char out[1 << 16];
    static uint32_t mask = 2463534242u;
    size_t start = size < 126 ? 2 : 4;
    if (size + 8 > sizeof out) fail("too long to say");
    mask ^= mask << 13, mask ^= mask >> 17, mask ^= mask << 5;
    out[0] = 0x80 | opcode;
    out[1] = 0x80 | (size < 126 ? size : 126);
    if (size >= 126) out[2] = size >> 8, out[3] = size & 255;
    memcpy(out + start, &mask, 4);
    unsigned char *body = out + start + 4, *key = out + start;
    memcpy(body, payload, size);
    if (mark >= 0) memcpy(body + mark, number, 8);
    for (size_t i = 0; i < size; i++) body[i] ^= key[i & 3];
    if (send(to->fd, out, start + 4 + size, MSG_NOSIGNAL) != (ssize_t)(start + 4 + size))
        fail("line %d takes no more", (int)(to - lines));
}

static void be_ready(line *it) {
    if (it->stage < 3) it->stage = 3, ready_count++;
}

/* A server may be busy while lines are opened; afterwards nobody may be hung up on. */
static void hung_up(int number, int code) {
    line *it = &lines[number];
    if (it->stage == 3 || it->tries++ == TRIES) fail("line %d was hung up on with %d", number, code);
    close(it->fd);
    it->stage = -1, it->seq = 0, it->held.size = 0;
    put(&reopening, now() + AGAIN, number);
}

/* Broadcasts */

static void publish(void) {
    char number[16];
    if (broadcast_count == MOST) fail("too many broadcasts");
    snprintf(number, sizeof number, "#%07u", broadcast_count);
    memcpy(envelope.at + envelope_mark, number, 8);
    broadcasts = room_for(broadcasts, (broadcast_count + 1) * sizeof(broadcast));
    broadcasts[broadcast_count++] = (broadcast){now(), 0};
    open_broadcasts++;
    for (size_t sent = 0; sent < envelope.size;) {
        ssize_t took = send(publisher, envelope.at + sent, envelope.size - sent, MSG_NOSIGNAL);
        if (took < 0) fail("publishing: %s", strerror(errno));
        sent += took;
    }
}

static long numbered(const char *at) {
    long number = 0;
    for (int i = 1; i < 8; i++) {
        if (at[i] < '0' || at[i] > '9') return -1;
        number = 10 * number + at[i] - '0';
    }
    return number;
}

static void hear_broadcast(line *it, int compressed, const char *payload, size_t size) {
    static size_t usual; /* where the number stood last time */
    long number = compressed ? (long)it->seq++ : -1; /* what cannot be read is counted: frames of a line keep their order */
    if (number < 0 && usual + 8 <= size && payload[usual] == '#') number = numbered(payload + usual);
    for (const char *at = payload; number < 0 && size >= 8;) {
        at = memchr(at, '#', payload + size - 7 - at);
        if (!at) return;
        if ((number = numbered(at)) >= 0) usual = at - payload;
        at++;
    }
    if (number < 0 || number >= (long)broadcast_count) return;
    broadcast *heard = &broadcasts[number];
    deliveries++;
    last_delivery = now();
    if (++heard->heard == (uint32_t)listeners) {
        open_broadcasts--;
        add(&last_receiver, (last_delivery - heard->at) / 1e6);
    } else if (heard->heard > (uint32_t)listeners) extra++;
}

/* Talk */

static void send_message(uint32_t number) {
    char text[16];
    bytes *said = &texts[number % text_count];
    snprintf(text, sizeof text, "m%07u", number);
    char *mark = memmem(said->at, said->size, MARK, 8);
    send_frame(&lines[messages[number].from], 1, said->at, said->size, mark - said->at, text);
}

static void say(int from, ns due) {
    if (message_count == MOST) fail("too many messages");
    messages[message_count] = (message){due, from, 0};
    lines[from].said_at = now();
    open_messages++;
    send_message(message_count++);
}

static int next_speaker(void) {
    uint32_t mixed = turns++ * 7ull % (2 * room_count); /* every side in turn, the two of a room far apart */
    return room_of[mixed / 2][mixed % 2];
}

static void say_next(ns at) {
    int from = next_speaker();
    ns due = lines[from].said_at + pace;
    put(&resting, due > at ? due : at, from);
}

static void got(uint32_t number, int what, figures *where, ns at) {
    message *it = &messages[number];
    if (it->got & what) fail("message %u came twice", number);
    it->got |= what;
    if (it->due >= warm_at) add(where, (at - it->due) / 1e6);
    if (what != 4 && (it->got & 3) == 3) {
        if (at >= warm_at) done_messages++;
        if (flowing) say_next(at);
    }
    if (it->got == 7) open_messages--;
}

static void check_order(line *it, const char *payload, size_t size) {
    const char *found = memmem(payload, size < 96 ? size : 96, "\"seq\":", 6);
    uint32_t seq = found ? strtoul(found + 6, NULL, 10) : 0;
    if (seq != it->seq + 1) fail("line %d heard %u after %u", (int)(it - lines), seq, it->seq);
    it->seq = seq;
}

static void hear_talk(int at, const char *payload, size_t size, const char *kind) {
    line *it = &lines[at];
    if (!strncmp(kind, "message", 7) && in_order) check_order(it, payload, size);
    const char *cid = memmem(payload, size, "\"cid\":\"m", 8);
    long number = cid && cid + 15 <= payload + size ? numbered(cid + 7) : -1;
    if (!strncmp(kind, "error", 5)) {
        const char *code = memmem(payload, size, "\"code\":\"", 8);
        if (number < 0) fail("line %d was refused: %.*s", at, code ? (int)strcspn(code + 8, "\"") : 0, code ? code + 8 : "");
        refused++;
        put(&again, now() + AGAIN, number);
    } else if (number >= 0 && number < (long)message_count) {
        if (!strncmp(kind, "ack", 3)) got(number, 1, &acks, now());
        else if (it->role == 'W') got(number, 4, &watchers, now());
        else if (messages[number].from != at) got(number, 2, &others, now());
    }
}

static void hear(int at, int head, const char *payload, size_t size) {
    line *it = &lines[at];
    int opcode = head & 15;
    if (opcode == 9) return send_frame(it, 10, payload, size, -1, NULL);
    if (opcode == 8) return hung_up(at, size > 1 ? (uint8_t)payload[0] << 8 | (uint8_t)payload[1] : 1005);
    if (opcode > 2) return;
    if (size == 1 && *payload == '2') return send_frame(it, 1, "3", 1, -1, NULL); /* engine.io's ping */
    if (it->stage == 2) {
        if (greet_on && memmem(payload, size, greet_on, strlen(greet_on))) send_frame(it, 1, greet, strlen(greet), -1, NULL);
        if (in_order && memmem(payload, size < 30 ? size : 30, "\"type\":\"message\"", 16)) check_order(it, payload, size);
        if (memmem(payload, size, ready_on, strlen(ready_on))) be_ready(it);
        return;
    }
    if (it->role == 'L') return hear_broadcast(it, head & 0x40, payload, size);
    const char *type = memmem(payload, size < 96 ? size : 96, "\"type\":\"", 8);
    if (type) hear_talk(at, payload, size, type + 8);
}

/* Frames, from whatever has come; the number of bytes used. */
static size_t read_frames(int at, char *from, size_t size) {
    size_t used = 0;
    while (size - used >= 2 && lines[at].stage > 0) {
        unsigned char *head = (unsigned char *)from + used;
        size_t length = head[1] & 127, start = 2;
        if (length >= 126) {
            start = length == 126 ? 4 : 10;
            if (size - used < start) break;
            length = 0;
            for (size_t i = 2; i < start; i++) length = length << 8 | head[i];
        }
        if (size - used < start + length) break;
        char *payload = (char *)head + start, kept = payload[length];
        payload[length] = 0; /* so that numbers in it may be read */
        hear(at, head[0], payload, length);
        payload[length] = kept;
        used += start + length;
    }
    return used;
}

static size_t read_upgrade(line *it, char *from, size_t size) {
    char *end = memmem(from, size, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = 0;
    if (strncmp(from, "HTTP/1.1 101", 12) || !strstr(from, ACCEPT)) fail("line %d was refused: %.30s", (int)(it - lines), from);
    it->stage = 2;
    if (!ready_on) be_ready(it);
    return end + 4 - from;
}

static void listen_to(int at) {
    line *it = &lines[at];
    size_t size = it->held.size;
    if (size) memcpy(buffer, it->held.at, size);
    ssize_t came = recv(it->fd, buffer + size, BUFFER - size, 0);
    if (came < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (came <= 0) return hung_up(at, 1006);
    size += came;
    size_t used = it->stage == 1 ? read_upgrade(it, buffer, size) : 0;
    if (it->stage > 1) used += read_frames(at, buffer + used, size - used);
    if (it->stage < 0) return;
    if (size - used) {
        it->held.at = room_for(it->held.at, size - used);
        memcpy(it->held.at, buffer + used, size - used);
    } else if (it->held.at) free(it->held.at), it->held.at = NULL;
    it->held.size = size - used;
}

/* The loop: one turn, until `until` at the latest. */
static void turn(ns until) {
    struct epoll_event events[EVENTS];
    ns at = now(), left = until > at ? until - at : 0;
    struct timespec timeout = {left / 1000000000, left % 1000000000};
    int count = epoll_pwait2(poller, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < count; i++) {
        uint32_t number = events[i].data.u32;
        if (number == UINT32_MAX) while (recv(publisher, buffer, BUFFER, MSG_DONTWAIT) > 0);
        else if (lines[number].stage == 0) upgrade(number);
        else listen_to(number);
    }
}

static ns least(ns a, ns b) { return a < b ? a : b; }

static double busy_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void open_all(void) {
    ns began = now(), deadline = began + OPENED;
    for (int next = 0; ready_count < line_count;) {
        while (next < line_count && next - ready_count < opening) begin(next++);
        while (reopening.head < reopening.tail && reopening.at[reopening.head].due <= now()) begin(reopening.at[reopening.head++].what);
        turn(now() + 100000000);
        if (now() > deadline) fail("only %d of %d lines became ready", ready_count, line_count);
    }
    printf("{\"opened\":%d,\"seconds\":%.3f}\n", line_count, (now() - began) / 1e9);
}

static uint32_t give_up_broadcasts(void) {
    uint32_t missing = 0;
    for (uint32_t i = 0; i < broadcast_count; i++)
        if (broadcasts[i].heard < (uint32_t)listeners) {
            missing += listeners - broadcasts[i].heard;
            broadcasts[i].heard = listeners + 1; /* late ones are extra */
        }
    open_broadcasts = 0;
    return missing;
}

static void one(uint32_t rounds, double seconds) {
    ns began = now(), end = began + seconds * 1e9;
    uint32_t missing = 0, count = 0;
    double used = busy_s();
    while (count < rounds && (now() < end || count < 3) && !missing) {
        publish(), count++;
        last_delivery = now();
        while (open_broadcasts && now() - last_delivery < STALL) turn(now() + 1000000000);
        if (open_broadcasts) missing = give_up_broadcasts();
    }
    double took = (now() - began) / 1e9;
    printf("{\"rounds\":%u,\"seconds\":%.4f,\"missing\":%u,\"extra\":%u,\"busy\":%.3f", count, took, missing, extra, (busy_s() - used) / took);
    print_quantiles("last_ms", &last_receiver);
    printf("}\n");
}

static void flood(double seconds, uint32_t window) {
    ns began = now(), warm = began + 300000000, end = warm + seconds * 1e9, stopped;
    uint64_t before = deliveries, at_first = deliveries;
    double used = 0;
    last_delivery = began;
    /* Who is slow is given the time for four whole broadcasts. */
    for (ns at; ((at = now()) < end || deliveries - before < 4ull * listeners) && at - last_delivery < STALL; turn(at + 1000000)) {
        while (open_broadcasts < window) publish();
        if (!used && at >= warm) used = busy_s(), before = deliveries, warm = at, last_receiver.size = 0;
    }
    stopped = now();
    uint64_t came = deliveries - before;
    double took = (stopped - warm) / 1e9, busy = (busy_s() - used) / took;
    while (open_broadcasts && now() - last_delivery < STALL) turn(now() + 1000000000);
    uint32_t missing = open_broadcasts ? give_up_broadcasts() : 0;
    printf("{\"deliveries\":%lu,\"all\":%lu,\"seconds\":%.4f,\"missing\":%u,\"extra\":%u,\"busy\":%.3f", came, deliveries - at_first, took, missing, extra, busy);
    print_quantiles("last_ms", &last_receiver);
    printf("}\n");
}

static void drain(queue *q, ns at, int speaking) {
    while (q->head < q->tail && q->at[q->head].due <= at) {
        uint32_t what = q->at[q->head++].what;
        if (q == &again) send_message(what);
        else if (speaking) say(what, now());
    }
}

static void talk(double rate, double seconds, double warm, double every, int window, double pacing) {
    ns began = now(), end, next_broadcast = every ? began : UINT64_MAX;
    uint32_t missing = 0, first = turns, before = message_count;
    uint64_t heard_before = deliveries;
    double used = 0;
    warm_at = began + warm * 1e9, end = warm_at + seconds * 1e9, pace = pacing * 1e9;
    refused = done_messages = 0, flowing = rate == 0;
    resting.head = resting.tail = 0;
    for (int i = 0; flowing && i < window; i++) say_next(began);
    for (ns at; (at = now()) < end;) {
        ns due = flowing ? UINT64_MAX : began + (ns)((turns - first) * 1e9 / rate);
        if (!used && at >= warm_at) used = busy_s();
        for (; due <= at; due = began + (ns)((turns - first) * 1e9 / rate)) say(next_speaker(), due);
        drain(&resting, at, 1), drain(&again, at, 1);
        if (next_broadcast <= at) publish(), next_broadcast += every * 1e9;
        due = least(least(due, next_broadcast), end);
        if (resting.head < resting.tail) due = least(due, resting.at[resting.head].due);
        if (again.head < again.tail) due = least(due, again.at[again.head].due);
        turn(due);
    }
    double took = (now() - warm_at) / 1e9, busy = (busy_s() - used) / took;
    uint32_t done = done_messages;
    flowing = 0;
    for (ns deadline = now() + SETTLE; (open_messages || open_broadcasts) && now() < deadline; turn(now() + 10000000)) drain(&again, now(), 1);
    uint64_t heard = deliveries - heard_before;
    if (open_broadcasts) missing = give_up_broadcasts();
    printf("{\"messages\":%u,\"seconds\":%.4f,\"said\":%u,\"lost\":%u,\"refused\":%u,\"deliveries\":%lu,\"missing\":%u,\"busy\":%.3f", done, took,
           message_count - before, open_messages, refused, heard, missing, busy);
    print_quantiles("ack_ms", &acks);
    print_quantiles("other_ms", &others);
    print_quantiles("watcher_ms", &watchers);
    print_quantiles("last_ms", &last_receiver);
    printf("}\n");
    open_messages = 0;
}

static void hold(double seconds) {
    ns end = now() + seconds * 1e9;
    while (now() < end) turn(end);
    printf("{\"held\":%d}\n", line_count);
}

/* Set-up */

static void read_texts(const char *path) {
    char *rest = file(path).at, *text;
    while ((text = strsep(&rest, "\n")) && *text) {
        if (!strstr(text, MARK)) fail("no place for the number in what is said");
        texts = room_for(texts, (text_count + 1) * sizeof(bytes));
        texts[text_count++] = (bytes){text, strlen(text)};
    }
    messages = room_for(NULL, MOST * sizeof(message));
}

static void open_publisher(char *where, const char *path) {
    envelope = file(path);
    char *mark = memmem(envelope.at, envelope.size, MARK, 8);
    if (!mark) fail("no place for the number in what is published");
    envelope_mark = mark - envelope.at;
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in remote;
    if (*where == '/') {
        snprintf(local.sun_path, sizeof local.sun_path, "%s", where);
        publisher = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(publisher, (struct sockaddr *)&local, sizeof local) < 0) fail("%s: %s", where, strerror(errno));
    } else {
        int one = 1;
        remote = address(where);
        publisher = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(publisher, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(publisher, (struct sockaddr *)&remote, sizeof remote) < 0) fail("%s: %s", where, strerror(errno));
    }
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};
    epoll_ctl(poller, EPOLL_CTL_ADD, publisher, &event);
}

static void obey(const char *command) {
    double a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
    char word[16] = "";
    sscanf(command, "%15s %lf %lf %lf %lf %lf %lf", word, &a, &b, &c, &d, &e, &f);
    if (!strcmp(word, "one")) one(a, b);
    else if (!strcmp(word, "flood")) flood(a, b);
    else if (!strcmp(word, "talk")) talk(a, b, c, d, e, f);
    else if (!strcmp(word, "hold")) hold(a);
    else fail("unknown command %s", word);
}

int main(int count, char **words) {
    struct rlimit most;
    setvbuf(stdout, NULL, _IOLBF, 0);
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    poller = epoll_create1(0);
    if (count < 2) fail("no lines");
    read_lines(words[1]);
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "--greet-on")) greet_on = words[++i];
        else if (!strcmp(words[i], "--greet")) greet = words[++i];
        else if (!strcmp(words[i], "--ready")) ready_on = words[++i];
        else if (!strcmp(words[i], "--say")) read_texts(words[++i]);
        else if (!strcmp(words[i], "--publish")) i += 2, open_publisher(words[i - 1], words[i]);
        else if (!strcmp(words[i], "--in-order")) in_order = 1;
        else if (!strcmp(words[i], "--opening")) opening = atoi(words[++i]);
        else fail("unknown option %s", words[i]);
    }
    room_count = (line_count - listeners) / 3;
    open_all();
    struct pollfd awaited[2] = {{.fd = 0, .events = POLLIN}, {.fd = poller, .events = POLLIN}};
    for (char command[128];;) { /* pings are answered between two commands, too */
        poll(awaited, 2, -1);
        if (awaited[1].revents) turn(now());
        if (!awaited[0].revents) continue;
        if (!fgets(command, sizeof command, stdin)) return 0;
        obey(command);
    }
}
