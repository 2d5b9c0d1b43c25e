/* OpenSSL in C as a contender: TLS 1.3 over a BIO pair, both ends in this process and thread, no socket.
 *
 * Arguments: chain, key and root in PEM, the cipher suite. Reads commands from standard input and answers each with the CPU seconds that it
 * took: "handshake N" and "resumed N" make N connections (chain and name verified where there is a chain, one byte each way), "bulk N",
 * "one-way N" and "round-trip N" move N messages of 16 KB, of 1 KB, and of 64 B there and back.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PIPE_SIZE 65536

static SSL_CTX *client_context, *server_context;
static SSL_SESSION *session;
static int resumes;

static void fail(const char *what)
{
    fprintf(stdout, "failed %s\n", what);
    fflush(stdout);
    exit(1);
}

static int keep(SSL *ssl, SSL_SESSION *fresh)
{
    (void)ssl;
    if (!resumes)
        return 0;
    SSL_SESSION_free(session);
    session = fresh;
    return 1;
}

static SSL_CTX *context(const SSL_METHOD *method, const char *suite)
{
    SSL_CTX *made = SSL_CTX_new(method);
    if (made == NULL || !SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION) || !SSL_CTX_set_ciphersuites(made, suite)
        || !SSL_CTX_set1_groups_list(made, "X25519"))
        fail("to make a context");
    return made;
}

static void open_pair(SSL **client, SSL **server)
{
    BIO *at_client, *at_server;
    *client = SSL_new(client_context);
    *server = SSL_new(server_context);
    if (!BIO_new_bio_pair(&at_client, PIPE_SIZE, &at_server, PIPE_SIZE))
        fail("to make a BIO pair");
    SSL_set_bio(*client, at_client, at_client);
    SSL_set_bio(*server, at_server, at_server);
    SSL_set_connect_state(*client);
    SSL_set_accept_state(*server);
    SSL_set_tlsext_host_name(*client, "localhost");
    SSL_set1_host(*client, "localhost");
    if (session != NULL && resumes)
        SSL_set_session(*client, session);
    while (SSL_in_init(*client) || SSL_in_init(*server)) {
        int one = SSL_do_handshake(*client), other = SSL_do_handshake(*server);
        if ((one <= 0 && SSL_get_error(*client, one) == SSL_ERROR_SSL) || (other <= 0 && SSL_get_error(*server, other) == SSL_ERROR_SSL))
            fail(ERR_reason_error_string(ERR_get_error()));
    }
    if (SSL_get_verify_result(*client) != X509_V_OK)
        fail("to verify");
}

static void move(SSL *from, SSL *to, const char *message, char *received, int size)
{
    int got = 0;
    if (SSL_write(from, message, size) != size)
        fail("to write");
    while (got < size) {
        int count = SSL_read(to, received + got, size - got);
        if (count <= 0)
            fail("to read");
        got += count;
    }
}

static void drop(SSL *ssl)
{
    /* Without this the session would count as failed, and not be resumed. */
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
}

static double cpu(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void connect_many(int count, int with_sessions)
{
    char byte;
    resumes = with_sessions;
    SSL_CTX_set_num_tickets(server_context, with_sessions ? 1 : 0);
    for (int i = 0; i < count; i++) {
        SSL *client, *server;
        int had = session != NULL;
        open_pair(&client, &server);
        move(server, client, "x", &byte, 1);
        move(client, server, "x", &byte, 1);
        if (SSL_session_reused(client) != (with_sessions && had))
            fail("to resume, or not to");
        drop(client);
        drop(server);
    }
}

int main(int argc, char **argv)
{
    static char message[16384], received[16384];
    char command[32];
    int count;
    SSL *client, *server;

    if (argc != 5)
        fail("without chain, key, root and suite");
    client_context = context(TLS_client_method(), argv[4]);
    server_context = context(TLS_server_method(), argv[4]);
    if (!SSL_CTX_use_certificate_chain_file(server_context, argv[1]) || !SSL_CTX_use_PrivateKey_file(server_context, argv[2], SSL_FILETYPE_PEM)
        || !SSL_CTX_load_verify_locations(client_context, argv[3], NULL))
        fail("to load certificates");
    SSL_CTX_set_verify(client_context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(client_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(client_context, keep);
    SSL_CTX_set_session_cache_mode(server_context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(server_context, 0);
    open_pair(&client, &server);
    printf("ready %s %s\n", SSL_get_cipher(client), OpenSSL_version(OPENSSL_VERSION_STRING));
    fflush(stdout);
    while (scanf("%31s %d", command, &count) == 2) {
        double started = cpu();
        if (strcmp(command, "handshake") == 0 || strcmp(command, "resumed") == 0)
            connect_many(count, command[0] == 'r');
        else if (strcmp(command, "round-trip") == 0)
            for (int i = 0; i < count; i++) {
                move(client, server, message, received, 64);
                move(server, client, message, received, 64);
            }
        else if (strcmp(command, "bulk") == 0 || strcmp(command, "one-way") == 0)
            for (int i = 0; i < count; i++)
                move(client, server, message, received, command[0] == 'b' ? 16384 : 1024);
        else
            fail("to know the command");
        printf("%.6f\n", cpu() - started);
        fflush(stdout);
    }
    return 0;
}
