/* A client or a server over one TLS library: see stack.h. A client sends a pattern, has it back, and compares. A server echoes. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "stack.h"

enum { CHUNK = 16384 };

void fail(const char *what, long code)
{
    fprintf(stderr, "failed: %s (%ld, -0x%lx)\n", what, code, -code);
    exit(1);
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void without_delay(int socket)
{
    int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static void talk(void *connection, int size)
{
    static unsigned char sent[CHUNK], received[CHUNK];
    for (int done = 0; done < size; done += CHUNK) {
        for (int i = 0; i < CHUNK; i++)
            sent[i] = (unsigned char)((done + i) * 31 + ((done + i) >> 8));
        stack_write(connection, sent, CHUNK);
        for (int have = 0; have < CHUNK;) {
            int count = stack_read(connection, received + have, CHUNK - have);
            if (count <= 0)
                fail("the echo ended early", count);
            have += count;
        }
        if (memcmp(sent, received, CHUNK) != 0)
            fail("the echo differs", done);
    }
}

static void run_client(const struct settings *settings)
{
    for (int round = 1; round <= settings->rounds; round++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in address = loopback(settings->port);
        if (connect(client, (struct sockaddr *)&address, sizeof address) != 0)
            fail("connect", 0);
        without_delay(client);
        void *connection = stack_open(client);
        const char *alpn = stack_alpn(connection);
        printf("round %d %s ", round, alpn ? alpn : "-");
        talk(connection, settings->size);
        stack_close(connection);
        close(client);
        printf("same\n");
        fflush(stdout);
    }
}

static void run_server(void)
{
    static unsigned char buffer[CHUNK];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0)
        fail("listen", 0);
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        without_delay(client);
        void *connection = stack_open(client);
        for (int count; (count = stack_read(connection, buffer, CHUNK)) > 0;)
            stack_write(connection, buffer, count);
        stack_close(connection);
        close(client);
        printf("closed in order\n");
        fflush(stdout);
    }
}

int main(int count, char **arguments)
{
    struct settings settings = { .rounds = 1, .size = CHUNK };
    signal(SIGPIPE, SIG_IGN);
    settings.is_server = count > 1 && strcmp(arguments[1], "server") == 0;
    for (int i = 2; i + 1 < count; i += 2) {
        const char *name = arguments[i], *value = arguments[i + 1];
        if (strcmp(name, "--port") == 0)
            settings.port = atoi(value);
        else if (strcmp(name, "--tls") == 0)
            settings.is_tls13 = strcmp(value, "1.3") == 0;
        else if (strcmp(name, "--ca") == 0)
            settings.ca = value;
        else if (strcmp(name, "--cert") == 0)
            settings.cert = value;
        else if (strcmp(name, "--key") == 0)
            settings.key = value;
        else if (strcmp(name, "--alpn") == 0)
            settings.alpn = value;
        else if (strcmp(name, "--rounds") == 0)
            settings.rounds = atoi(value);
        else if (strcmp(name, "--size") == 0)
            settings.size = atoi(value);
        else
            fail(name, 0);
    }
    stack_start(&settings);
    if (settings.is_server)
        run_server();
    else
        run_client(&settings);
    return 0;
}
