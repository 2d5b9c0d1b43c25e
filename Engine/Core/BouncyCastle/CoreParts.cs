using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.BouncyCastle.Roles;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Options;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What a core is made of, for one pass through a handshake; the last one's stay for the connection.</summary>
/// <param name="Endpoint">BouncyCastle's protocol object.</param>
/// <param name="Negotiation">What we want and judge, and what came of it.</param>
/// <param name="Crypto">The cryptography.</param>
/// <param name="Conduct">What the peer has done.</param>
/// <param name="Own">What we have sent.</param>
/// <param name="Contents">What records hold.</param>
/// <param name="EarlyData">What comes too early for a server.</param>
internal sealed record CoreParts(
    IEndpoint Endpoint, INegotiation Negotiation, NativeCrypto Crypto, PeerConduct Conduct, OwnDirection Own, RecordContents Contents,
    EarlyData EarlyData)
{
    /// <summary>A client's.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="name">The name that the server's certificate must be for; null without one.</param>
    /// <param name="gate">Shut while something is decided.</param>
    /// <param name="tape">What is known from the pass before; null where there is only one.</param>
    public static CoreParts OfClient(TlsClientOptions options, PeerName? name, HandshakeGate gate, HandshakeTape? tape)
    {
        var (conduct, own, facts) = (new PeerConduct(options.Limits, options.TimeProvider), new OwnDirection(), new HandshakeFacts
        {
            Refusal = new Refusal(IsServer: false, name?.Host),
        });
        var contents = new RecordContents(conduct);
        var crypto = CryptoOf(options, contents, facts, gate, tape);
        var role = new ClientRole(options, name, crypto, facts, gate, conduct);
        var endpoint = new ClientEndpoint(role, new EndpointRules(conduct, own, contents, gate));
        return new CoreParts(endpoint, role, crypto, conduct, own, contents, new EarlyData(conduct));
    }

    /// <summary>A server's.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="gate">Shut while something is decided.</param>
    /// <param name="tape">What is known from the pass before; null where there is only one.</param>
    /// <param name="selection">The choice of options by ClientHello; null where there is none.</param>
    /// <param name="role">What takes the options that are chosen.</param>
    public static CoreParts OfServer(
        TlsServerOptions options, HandshakeGate gate, HandshakeTape? tape, ServerSelection? selection, out ServerRole role)
    {
        var (conduct, own, facts) = (new PeerConduct(options.Limits, options.TimeProvider), new OwnDirection(), new HandshakeFacts());
        var (contents, earlyData) = (new RecordContents(conduct), new EarlyData(conduct));
        var crypto = CryptoOf(options, contents, facts, gate, tape);
        role = new ServerRole(options, crypto, facts, gate, conduct);
        var endpoint = new ServerEndpoint(role, new EndpointRules(conduct, own, contents, gate), earlyData, selection);
        return new CoreParts(endpoint, role, crypto, conduct, own, contents, earlyData);
    }

    /// <summary>Lets BouncyCastle's queues go of the room that the handshake took.</summary>
    public void Shrink()
    {
        Endpoint.Output.Shrink();
        QueueAccess.ApplicationData(Endpoint.Protocol).Shrink();
    }

    private static NativeCrypto CryptoOf(
        TlsConnectionOptions options, RecordContents contents, HandshakeFacts facts, HandshakeGate gate, HandshakeTape? tape) => new(
            contents, facts, options.DangerousKeyLog is { } write ? new KeyLog(write, gate) : null, options.RecordPadding, tape,
            options.Platform, options.X25519);
}
