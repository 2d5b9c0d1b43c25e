using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace TlsFsm.DataProtection;

/// <summary>
/// Seals session tickets with ASP.NET Core Data Protection: its keys, its rotation, its stores (Redis, a database, a vault, a folder).
/// </summary>
/// <remarks>
/// <para>
/// Servers that share the keys and the application name resume each other's sessions. A key that has expired goes on opening until it is
/// deleted or revoked; how long a session lives at all is <see cref="TlsConnectionOptions.MaxSessionAge"/>'s matter.
/// </para>
/// <para>
/// Keys are read from their store by the call that first needs them, and once a day after that. Call <see cref="Seal"/> once at start-up,
/// so that no handshake waits for it, and a store that cannot be reached is found out early.
/// </para>
/// </remarks>
public sealed class DataProtectionTicketKeyRing : ITicketKeyRing
{
    private const string Purpose = "TlsFsm.SessionTickets.v1";

    private readonly IDataProtector _protector;

    /// <summary>A ring over the keys of a provider.</summary>
    /// <param name="provider">From the host's services, or <c>DataProtectionProvider.Create</c>.</param>
    public DataProtectionTicketKeyRing(IDataProtectionProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _protector = provider.CreateProtector(Purpose);
    }

    /// <inheritdoc/>
    public byte[] Seal(ReadOnlySpan<byte> state)
    {
        var copy = state.ToArray();
        try
        {
            return _protector.Protect(copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    /// <inheritdoc/>
    public byte[]? Open(ReadOnlySpan<byte> ticket)
    {
        try
        {
            return _protector.Unprotect(ticket.ToArray());
        }
        catch (CryptographicException)
        {
            // Forged, cut, of another purpose, or by a key that is not in the ring: to us all one.
            return null;
        }
    }
}
