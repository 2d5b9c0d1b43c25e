using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Roles;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;

namespace TlsFsm.Tests.Support;

/// <summary>Our cryptography and our roles without a core around them.</summary>
internal static class TestCrypto
{
    public static RecordContents Contents() => new(new PeerConduct(TlsLimits.Default, TimeProvider.System));

    public static NativeCrypto Create() => WithFacts().Crypto;

    public static (NativeCrypto Crypto, HandshakeFacts Facts) WithFacts()
    {
        var facts = new HandshakeFacts();
        return (new NativeCrypto(Contents(), facts), facts);
    }

    public static ClientRole ClientRole(TlsClientOptions options, PeerName? name, out NativeCrypto crypto)
    {
        var (conduct, facts) = (new PeerConduct(TlsLimits.Default, TimeProvider.System), new HandshakeFacts());
        crypto = new NativeCrypto(new RecordContents(conduct), facts);
        return new ClientRole(options, name, crypto, facts, new HandshakeGate(), conduct);
    }

    public static ServerRole ServerRole(TlsServerOptions options, out NativeCrypto crypto)
    {
        var (conduct, facts) = (new PeerConduct(TlsLimits.Default, TimeProvider.System), new HandshakeFacts());
        crypto = new NativeCrypto(new RecordContents(conduct), facts);
        return new ServerRole(options, crypto, facts, new HandshakeGate(), conduct);
    }
}
