using TlsFsm.Hosting.Connections;

namespace TlsFsm;

/// <summary>
/// Connections for whoever has a loop and a transport of his own, made of one set of options, whose type says the role. With sockets,
/// pipes and streams: <see cref="TlsClient"/>, <see cref="TlsServer"/>, <see cref="TlsListener"/>.
/// </summary>
public static class TlsEngine
{
    /// <summary>A client's connection, which waits for <see cref="TlsConnection.ConnectionMade"/>.</summary>
    /// <param name="loop">Where everything of the connection happens.</param>
    /// <param name="application">Told what happens.</param>
    /// <param name="options">Our side.</param>
    /// <exception cref="ArgumentException">An option that makes no sense; the message names which.</exception>
    public static TlsConnection Create(IEventLoop loop, IProtocol application, TlsClientOptions options) =>
        Door.Made(BouncyCastleCore.CreateClient(options), core => new TlsConnection(loop, application, core, options));

    /// <summary>A server's connection, which waits for <see cref="TlsConnection.ConnectionMade"/>.</summary>
    /// <param name="loop">Where everything of the connection happens.</param>
    /// <param name="application">Told what happens.</param>
    /// <param name="options">Our side.</param>
    /// <exception cref="ArgumentException">An option that makes no sense; the message names which.</exception>
    public static TlsConnection Create(IEventLoop loop, IProtocol application, TlsServerOptions options) =>
        Door.Made(BouncyCastleCore.CreateServer(options), core => new TlsConnection(loop, application, core, options));

    /// <summary>Upgrades a running connection to TLS as its client: <see cref="TlsConnection.Upgrade"/>, which says what holds.</summary>
    /// <param name="transport">The running transport; its protocol is the connection from now on.</param>
    /// <param name="loop">The transport's loop.</param>
    /// <param name="application">Usually the protocol that ran on the transport before.</param>
    /// <param name="options">
    /// Our side; with <see cref="TlsConnectionOptions.CallConnectionMade"/> false if the application is connected already.
    /// </param>
    /// <param name="alreadyReceived">What arrived before the switch and was not used, normally nothing. Copied.</param>
    /// <param name="injection">What becomes of <paramref name="alreadyReceived"/>. Default: it is refused.</param>
    /// <returns>The connection; its handshake begins on the next turn.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense; the message names which.</exception>
    public static TlsConnection Upgrade(
        ISwitchableTransport transport,
        IEventLoop loop,
        IProtocol application,
        TlsClientOptions options,
        ReadOnlyMemory<byte> alreadyReceived = default,
        PlaintextInjection injection = PlaintextInjection.Refuse) => Door.Made(
            BouncyCastleCore.CreateClient(options),
            core => TlsConnection.Upgrade(transport, loop, application, core, options, alreadyReceived, injection));

    /// <summary>Upgrades a running connection to TLS as its server: <see cref="TlsConnection.Upgrade"/>, which says what holds.</summary>
    /// <inheritdoc cref="Upgrade(ISwitchableTransport, IEventLoop, IProtocol, TlsClientOptions, ReadOnlyMemory{byte}, PlaintextInjection)"/>
    public static TlsConnection Upgrade(
        ISwitchableTransport transport,
        IEventLoop loop,
        IProtocol application,
        TlsServerOptions options,
        ReadOnlyMemory<byte> alreadyReceived = default,
        PlaintextInjection injection = PlaintextInjection.Refuse) => Door.Made(
            BouncyCastleCore.CreateServer(options),
            core => TlsConnection.Upgrade(transport, loop, application, core, options, alreadyReceived, injection));
}
