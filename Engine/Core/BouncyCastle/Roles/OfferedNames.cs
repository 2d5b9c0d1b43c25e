using System.Text;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>The names in a client's extensions: of the server that it wants, and of the protocols that it speaks.</summary>
internal static class OfferedNames
{
    /// <returns>Null without one.</returns>
    /// <exception cref="TlsException">It is no host name.</exception>
    public static string? OfServer(IDictionary<int, byte[]> offered)
    {
        var names = TlsExtensionsUtilities.GetServerNameExtensionClient(offered);
        if (names?.FirstOrDefault(one => one.NameType == NameType.host_name) is not { } name)
            return null;

        // RFC 6066 section 3: ASCII. What is none of it must not reach logs or lookups.
        foreach (var letter in name.NameData)
        {
            if (letter is <= 0x20 or >= 0x7F)
                throw HelloFaults.ServerNameMalformed.ToException();
        }

        return Encoding.ASCII.GetString(name.NameData);
    }

    /// <summary>
    /// What this handshake will agree on, as BouncyCastle will choose it: ours in our order, of those that the client has.
    /// </summary>
    /// <returns>Empty for none.</returns>
    public static byte[] ProtocolFor(IDictionary<int, byte[]> offered, IEnumerable<ProtocolName> ours)
    {
        if (TlsExtensionsUtilities.GetAlpnExtensionClient(offered) is not { Count: > 0 } names)
            return [];

        foreach (var one in ours)
        {
            if (names.Contains(one))
                return one.GetBytes();
        }

        return [];
    }
}
