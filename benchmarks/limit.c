/* The limit of fanout.py: one send() for each connection and broadcast, and nothing else that could be left out.
 *
 *     limit PORT REDIS_PORT      accepts WebSockets, hears the channel "offers", frames each message once, sends it N times
 *
 * One thread, epoll; a socket that is full is waited for. It answers the one handshake key that load.c sends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 65536
#define BUFFER (1 << 20)
#define EVENTS 512

static const char upgraded[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static const char subscribe[] = "*2\r\n$9\r\nSUBSCRIBE\r\n$6\r\noffers\r\n";
static int open_lines[MOST], line_count;
static char buffer[BUFFER], frame[BUFFER + 16];
static size_t held;

static struct sockaddr_in at_port(const char *text) {
    struct sockaddr_in found = {.sin_family = AF_INET, .sin_port = htons(atoi(text))};
    found.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return found;
}

static void write_all(int to, const char *from, size_t size) {
    while (size) {
        ssize_t took = send(to, from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (took < 0) {
            struct pollfd full = {.fd = to, .events = POLLOUT};
            if (poll(&full, 1, 1000) <= 0 || full.revents & (POLLERR | POLLHUP)) return;
            continue;
        }
        from += took, size -= took;
    }
}

static void broadcast(const char *payload, size_t size) {
    size_t start = size < 126 ? 2 : size < 65536 ? 4 : 10;
    frame[0] = (char)0x81;
    frame[1] = size < 126 ? size : size < 65536 ? 126 : 127;
    for (size_t i = start; i-- > 2; ) frame[i] = size >> 8 * (start - 1 - i) & 255;
    memcpy(frame + start, payload, size);
    for (int i = 0; i < line_count; i++) write_all(open_lines[i], frame, start + size);
}

/* "*3 $7 message $6 offers $N payload": the payload of the next whole message in `from`; the bytes used, or 0. */
static size_t next_message(char *from, size_t size) {
    char *at = from, *end = from + size, *part = NULL;
    size_t length = 0;
    if (size < 4) return 0;
    for (int i = 0; i < 4; i++) {
        char *line_end = memmem(at, end - at, "\r\n", 2);
        if (!line_end) return 0;
        if (i == 0) { at = line_end + 2; continue; }
        int is_number = *at == ':'; /* the answer to SUBSCRIBE ends with one */
        length = is_number ? 0 : strtoul(at + 1, NULL, 10);
        part = line_end + 2;
        at = is_number ? part : part + length + 2;
        if (at > end) return 0;
        if (i == 1 && strncmp(part, "message", 7)) part = NULL;
    }
    if (length) broadcast(part, length);
    return at - from;
}

static void hear_redis(int redis) {
    ssize_t came = recv(redis, buffer + held, BUFFER - held, 0);
    if (came <= 0) exit(1);
    size_t size = held + came, used = 0, step;
    while ((step = next_message(buffer + used, size - used))) used += step;
    memmove(buffer, buffer + used, held = size - used);
}

static void serve_line(int line, int poller) {
    static char from[65536];
    ssize_t came = recv(line, from, sizeof from, MSG_DONTWAIT);
    if (came > 4 && !strncmp(from, "GET ", 4)) {
        write_all(line, upgraded, sizeof upgraded - 1);
        if (line_count < MOST) open_lines[line_count++] = line;
    } else if (came <= 0) {
        epoll_ctl(poller, EPOLL_CTL_DEL, line, NULL);
        close(line);
        for (int i = 0; i < line_count; i++) if (open_lines[i] == line) open_lines[i--] = open_lines[--line_count];
    }
}

int main(int count, char **words) {
    struct rlimit most;
    struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];
    int one = 1, poller = epoll_create1(0), door = socket(AF_INET, SOCK_STREAM, 0), redis = socket(AF_INET, SOCK_STREAM, 0);
    if (count < 3) return 2;
    getrlimit(RLIMIT_NOFILE, &most);
    most.rlim_cur = most.rlim_max;
    setrlimit(RLIMIT_NOFILE, &most);
    struct sockaddr_in here = at_port(words[1]), there = at_port(words[2]);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (connect(redis, (struct sockaddr *)&there, sizeof there) < 0) { perror("redis"); return 1; }
    write_all(redis, subscribe, sizeof subscribe - 1);
    if (bind(door, (struct sockaddr *)&here, sizeof here) < 0 || listen(door, 2048) < 0) { perror("door"); return 1; }
    event.data.fd = door, epoll_ctl(poller, EPOLL_CTL_ADD, door, &event);
    event.data.fd = redis, epoll_ctl(poller, EPOLL_CTL_ADD, redis, &event);
    for (;;) {
        int came = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < came; i++) {
            int line = events[i].data.fd;
            if (line == redis) hear_redis(redis);
            else if (line != door) serve_line(line, poller);
            else if ((line = accept(door, NULL, NULL)) >= 0) {
                setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = line, epoll_ctl(poller, EPOLL_CTL_ADD, line, &event);
            }
        }
    }
}
