using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Sessions;

namespace TlsFsm.Core.BouncyCastle.Sessions;

/// <summary>A session that a server goes on with, or could.</summary>
/// <param name="State">What was in the ticket. Holds a secret.</param>
/// <param name="Client">Who the client has shown to be in the full handshake, judged again now.</param>
/// <param name="Presented">What we presented in the full handshake, and still have.</param>
internal sealed record ResumedSession(TicketState State, PeerIdentity Client, Presented Presented);
