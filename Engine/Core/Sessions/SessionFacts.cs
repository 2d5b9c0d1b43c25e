using TlsFsm.Abstractions.Sessions;

namespace TlsFsm.Core.Sessions;

/// <summary>What a server keeps a session with, beside its secret.</summary>
/// <param name="Origin">The full handshake that it goes back to.</param>
/// <param name="ServerName">The name that the client asked for; null without one.</param>
/// <param name="ApplicationProtocol">What was agreed; empty without.</param>
/// <param name="Client">Who the client has shown to be.</param>
/// <param name="Presented">What we presented, as <see cref="TicketState.Presented"/>.</param>
internal sealed record SessionFacts(Guid Origin, string? ServerName, byte[] ApplicationProtocol, PeerIdentity Client, byte[] Presented);
