using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Roles;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What a core is made of, for one pass through a handshake.</summary>
internal sealed record CoreParts(IEndpoint Endpoint, PeerConduct Conduct, NativeCrypto Crypto, INegotiation Negotiation);
