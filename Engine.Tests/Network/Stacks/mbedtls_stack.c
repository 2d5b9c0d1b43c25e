/* mbedTLS: 2.28 has TLS 1.2 alone. */
#include <stdlib.h>
#include <string.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>
#include "stack.h"

struct connection {
    mbedtls_ssl_context ssl;
    mbedtls_net_context net;
};

static const struct settings *orders;
static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context random_source;
static mbedtls_ssl_config config;
static mbedtls_x509_crt root, own;
static mbedtls_pk_context key;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_ssl_cache_context cache;
static mbedtls_ssl_session session;
static int has_session;
static const char *names[2];

static void check(int done, const char *what)
{
    if (done != 0)
        fail(what, done);
}

void stack_start(const struct settings *settings)
{
    orders = settings;
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random_source);
    check(mbedtls_ctr_drbg_seed(&random_source, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    mbedtls_x509_crt_init(&root);
    mbedtls_x509_crt_init(&own);
    mbedtls_pk_init(&key);
    mbedtls_ssl_session_init(&session);
    mbedtls_ssl_config_init(&config);
    check(mbedtls_ssl_config_defaults(&config, settings->is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT), "defaults");
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random_source);
    mbedtls_ssl_conf_authmode(&config, settings->ca ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
    if (settings->ca) {
        check(mbedtls_x509_crt_parse_file(&root, settings->ca), "root");
        mbedtls_ssl_conf_ca_chain(&config, &root, NULL);
    }
    if (settings->cert) {
        check(mbedtls_x509_crt_parse_file(&own, settings->cert), "certificate");
        check(mbedtls_pk_parse_keyfile(&key, settings->key, NULL), "key");
        check(mbedtls_ssl_conf_own_cert(&config, &own, &key), "own certificate");
    }
    if (settings->alpn) {
        names[0] = settings->alpn;
        check(mbedtls_ssl_conf_alpn_protocols(&config, names), "names");
    }
    if (settings->is_server) {
        mbedtls_ssl_cache_init(&cache);
        mbedtls_ssl_conf_session_cache(&config, &cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
        mbedtls_ssl_ticket_init(&tickets);
        check(mbedtls_ssl_ticket_setup(
            &tickets, mbedtls_ctr_drbg_random, &random_source, MBEDTLS_CIPHER_AES_256_GCM, 86400), "tickets");
        mbedtls_ssl_conf_session_tickets_cb(&config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
    }
}

void *stack_open(int socket)
{
    struct connection *connection = calloc(1, sizeof *connection);
    mbedtls_ssl_init(&connection->ssl);
    connection->net.fd = socket;
    check(mbedtls_ssl_setup(&connection->ssl, &config), "setup");
    mbedtls_ssl_set_bio(&connection->ssl, &connection->net, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (!orders->is_server) {
        check(mbedtls_ssl_set_hostname(&connection->ssl, "localhost"), "name");
        if (has_session)
            check(mbedtls_ssl_set_session(&connection->ssl, &session), "session");
    }
    check(mbedtls_ssl_handshake(&connection->ssl), "handshake");
    if (!orders->is_server) {
        mbedtls_ssl_session_free(&session);
        check(mbedtls_ssl_get_session(&connection->ssl, &session), "keeping the session");
        has_session = 1;
    }
    return connection;
}

int stack_read(void *connection, unsigned char *buffer, int size)
{
    int count = mbedtls_ssl_read(&((struct connection *)connection)->ssl, buffer, (size_t)size);
    if (count == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return 0;
    if (count <= 0)
        fail("read", count);
    return count;
}

void stack_write(void *connection, const unsigned char *buffer, int size)
{
    while (size > 0) {
        int count = mbedtls_ssl_write(&((struct connection *)connection)->ssl, buffer, (size_t)size);
        if (count <= 0)
            fail("write", count);
        buffer += count;
        size -= count;
    }
}

void stack_close(void *connection)
{
    unsigned char byte;
    check(mbedtls_ssl_close_notify(&((struct connection *)connection)->ssl), "close_notify");
    if (!orders->is_server && stack_read(connection, &byte, 1) != 0)
        fail("more than the echo", 0);
    mbedtls_ssl_free(&((struct connection *)connection)->ssl);
    free(connection);
}

const char *stack_alpn(void *connection)
{
    return mbedtls_ssl_get_alpn_protocol(&((struct connection *)connection)->ssl);
}
