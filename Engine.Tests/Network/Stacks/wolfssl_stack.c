/* wolfSSL, by its own API. */
#include <stdlib.h>
#include <string.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include "stack.h"

static const struct settings *orders;
static WOLFSSL_CTX *context;
static WOLFSSL_SESSION *session;

void stack_start(const struct settings *settings)
{
    orders = settings;
    wolfSSL_Init();
    context = wolfSSL_CTX_new(
        settings->is_server ? settings->is_tls13 ? wolfTLSv1_3_server_method() : wolfTLSv1_2_server_method()
                            : settings->is_tls13 ? wolfTLSv1_3_client_method() : wolfTLSv1_2_client_method());
    if (!context)
        fail("context", 0);
    if (settings->ca && wolfSSL_CTX_load_verify_locations(context, settings->ca, NULL) != WOLFSSL_SUCCESS)
        fail("root", 0);
    if (settings->cert && (wolfSSL_CTX_use_certificate_chain_file(context, settings->cert) != WOLFSSL_SUCCESS
            || wolfSSL_CTX_use_PrivateKey_file(context, settings->key, WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS))
        fail("certificate", 0);
    wolfSSL_CTX_set_verify(
        context, settings->ca ? WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT : WOLFSSL_VERIFY_NONE, NULL);
    if (!settings->is_server)
        wolfSSL_CTX_UseSessionTicket(context);
}

void *stack_open(int socket)
{
    WOLFSSL *connection = wolfSSL_new(context);
    if (!connection)
        fail("connection", 0);
    wolfSSL_set_fd(connection, socket);
    if (orders->alpn)
        wolfSSL_UseALPN(connection, (char *)orders->alpn, (unsigned)strlen(orders->alpn), WOLFSSL_ALPN_FAILED_ON_MISMATCH);
    if (!orders->is_server) {
        wolfSSL_check_domain_name(connection, "localhost");
        wolfSSL_UseSNI(connection, WOLFSSL_SNI_HOST_NAME, "localhost", 9);
        if (session)
            wolfSSL_set_session(connection, session);
    }
    int done = orders->is_server ? wolfSSL_accept(connection) : wolfSSL_connect(connection);
    if (done != WOLFSSL_SUCCESS)
        fail("handshake", wolfSSL_get_error(connection, done));
    return connection;
}

int stack_read(void *connection, unsigned char *buffer, int size)
{
    int count = wolfSSL_read(connection, buffer, size);
    if (count > 0)
        return count;
    int error = wolfSSL_get_error(connection, count);
    if (error != WOLFSSL_ERROR_ZERO_RETURN)
        fail("read", error);
    return 0;
}

void stack_write(void *connection, const unsigned char *buffer, int size)
{
    int count = wolfSSL_write(connection, buffer, size);
    if (count != size)
        fail("write", wolfSSL_get_error(connection, count));
}

void stack_close(void *connection)
{
    if (!orders->is_server)
        session = wolfSSL_get1_session(connection);
    int done = wolfSSL_shutdown(connection);
    if (!orders->is_server && done == WOLFSSL_SHUTDOWN_NOT_DONE)
        done = wolfSSL_shutdown(connection);
    if (!orders->is_server && done != WOLFSSL_SUCCESS)
        fail("shutdown", wolfSSL_get_error(connection, done));
    wolfSSL_free(connection);
}

const char *stack_alpn(void *connection)
{
    char *name = NULL;
    unsigned short size = 0;
    static char copy[256];
    if (wolfSSL_ALPN_GetProtocol(connection, &name, &size) != WOLFSSL_SUCCESS || !name)
        return NULL;
    memcpy(copy, name, size);
    copy[size] = 0;
    return copy;
}
