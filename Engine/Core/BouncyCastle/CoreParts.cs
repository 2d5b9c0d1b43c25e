namespace TlsFsm.Core.BouncyCastle;

/// <summary>What a core is made of, for one pass through a handshake.</summary>
internal sealed record CoreParts(IEndpoint Endpoint, PeerConduct Conduct, NativeCrypto Crypto, INegotiation Negotiation);
