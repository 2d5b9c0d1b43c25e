/* What a TLS library must do to be talked with: peer.c does the rest (sockets, arguments, content). */
#ifndef STACK_H
#define STACK_H

#include <stddef.h>

struct settings {
    int is_server;
    int port;            /* of a client: where to connect */
    int is_tls13;
    const char *ca;      /* PEM file; of a server: clients must present a certificate */
    const char *cert;    /* PEM file of a chain, or NULL */
    const char *key;     /* PEM file, PKCS#8 */
    const char *alpn;    /* one name, or NULL */
    int rounds;          /* of a client: so many connections, each resuming the one before */
    int size;            /* of a client: so many bytes each way */
};

/* Reads the files. */
void stack_start(const struct settings *settings);

/* A handshake over a connected socket. A client resumes what the last stack_close has kept. */
void *stack_open(int socket);

/* Bytes read, 0 at the peer's close_notify. */
int stack_read(void *connection, unsigned char *buffer, int size);

/* Writes all. */
void stack_write(void *connection, const unsigned char *buffer, int size);

/* Sends close_notify; a client also waits for the server's and keeps the session. */
void stack_close(void *connection);

/* What was agreed on, or NULL. */
const char *stack_alpn(void *connection);

/* Prints what has failed, and exits: of a server that ends the test's peer, which is what a test wants. */
void fail(const char *what, long code);

#endif
