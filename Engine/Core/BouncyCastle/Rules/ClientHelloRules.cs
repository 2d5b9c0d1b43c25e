using Org.BouncyCastle.Tls;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Rules;

/// <summary>What a ClientHello must be, as far as BouncyCastle does not look. What cannot be decoded is left to it to refuse.</summary>
internal static class ClientHelloRules
{
    /// <summary>encrypted_client_hello: encrypted anew for a second ClientHello (RFC 9849 section 6.1.5). It is nothing to us.</summary>
    private const int EncryptedClientHello = 0xFE0D;

    /// <summary>
    /// RFC 8446 section 4.1.2: what may change in a second ClientHello. Its key share and cookie are judged by BouncyCastle.
    /// </summary>
    private static readonly HashSet<int> MayChange =
        [ExtensionType.key_share, ExtensionType.cookie, ExtensionType.pre_shared_key, ExtensionType.padding, ExtensionType.early_data,
            EncryptedClientHello];

    /// <summary>
    /// What BouncyCastle drops when it has read it, or does not look at: the versions that are none, the compression methods, and the form
    /// of each extension that is known, whatever version this leads to.
    /// </summary>
    /// <param name="message">The message, at its body; the position is left as it was.</param>
    /// <returns>The compression methods.</returns>
    /// <exception cref="TlsException">It breaks a rule.</exception>
    public static ReadOnlySpan<byte> CheckForm(MemoryStream message)
    {
        message.TryGetBuffer(out var all);
        var reader = new Cursor(all.AsSpan((int)message.Position));
        var version = reader.UInt16();
        reader.Bytes(32);
        reader.Vector8();
        reader.Vector16();
        var methods = reader.Vector8();
        var extensions = reader.IsAtEnd ? [] : reader.Vector16();
        if (reader.HasFailed || !reader.IsAtEnd)
            return methods;

        // RFC 5246 appendix E.1. What is later than TLS 1.2 is answered with ours.
        if (version < ProtocolVersion.SSLv3.FullVersion)
            throw HelloFaults.LegacyVersion.ToException($"a ClientHello of version {version >> 8}.{version & 0xFF}");

        // RFC 5246 section 7.4.1.2. BouncyCastle calls it a handshake_failure.
        if (!methods.IsEmpty && !methods.Contains((byte)0))
            throw HelloFaults.NoNullCompression.ToException();

        ExtensionTable.CheckAll(ExtensionPlace.ClientHello, extensions);
        return methods;
    }

    /// <summary>Judges a ClientHello by itself.</summary>
    /// <exception cref="TlsException">It breaks a rule.</exception>
    public static void Check(ClientHello hello, ReadOnlySpan<byte> compression, bool isTls13Enabled)
    {
        // RFC 8446 appendix D.5.
        if (hello.Version.Equals(ProtocolVersion.SSLv3))
            throw HelloFaults.Ssl3.ToException();
        if (hello.Extensions is not { } extensions)
            return;
        if (isTls13Enabled && IsTls13Offered(extensions))
            Check13(extensions, compression);
        else
            CheckPointFormats(extensions);
    }

    /// <summary>RFC 8446 section 4.1.2: a second ClientHello is the first one, but for what a HelloRetryRequest lets change.</summary>
    /// <param name="second">The second.</param>
    /// <param name="first">The first.</param>
    /// <param name="psk">The identity of the pre-shared key of the first that was accepted; null for none.</param>
    /// <exception cref="TlsException">It is another.</exception>
    public static void CheckSecond(ClientHello second, ClientHello first, byte[]? psk)
    {
        // The first has some: without, nobody is asked again. The second may end before them.
        var extensions = second.Extensions ?? new Dictionary<int, byte[]>();

        // RFC 8446 section 4.1.2: only keys that do not fit the suite may go. One that was accepted fits.
        byte[]? keys = null;
        if (psk is not null && !extensions.TryGetValue(ExtensionType.pre_shared_key, out keys))
            throw HelloFaults.SecondHelloPsk.ToException();
        if (keys is not null && !OffersKey(keys, psk))
            throw Changed(ExtensionType.GetText(ExtensionType.pre_shared_key));
        if (!second.Version.Equals(first.Version))
            throw Changed("legacy_version");
        if (!second.Random.AsSpan().SequenceEqual(first.Random))
            throw Changed("random");
        if (!second.SessionID.AsSpan().SequenceEqual(first.SessionID))
            throw Changed("legacy_session_id");
        if (!second.CipherSuites.AsSpan().SequenceEqual(first.CipherSuites))
            throw Changed("cipher_suites");

        foreach (var (type, content) in extensions)
        {
            var isKnown = first.Extensions.TryGetValue(type, out var before);
            var isLeave = type switch
            {
                ExtensionType.early_data => false,
                ExtensionType.pre_shared_key => isKnown,
                _ => MayChange.Contains(type) || (isKnown && content.AsSpan().SequenceEqual(before)),
            };
            if (!isLeave)
                throw Changed(ExtensionType.GetText(type));
        }

        foreach (var type in first.Extensions.Keys)
        {
            if (!MayChange.Contains(type) && !extensions.ContainsKey(type))
                throw Changed(ExtensionType.GetText(type));
        }
    }

    /// <summary>RFC 8422 section 5.1.2.</summary>
    public static void CheckPointFormats(IDictionary<int, byte[]> extensions)
    {
        if (extensions.TryGetValue(ExtensionType.ec_point_formats, out var formats)
            && formats.AsSpan().IndexOf((byte)ECPointFormat.uncompressed) < 1)
            throw HelloFaults.PointFormats.ToException();
    }

    /// <summary>
    /// What the library may look into: not into what is for another version (RFC 8446 section 4.2: ignored), is nothing to us, or asks
    /// for a
    /// kind that nobody knows (RFC 6066 section 8). Their form was looked at.
    /// </summary>
    public static IDictionary<int, byte[]> Used(IDictionary<int, byte[]> extensions, bool isTls13)
    {
        Dictionary<int, byte[]>? used = null;
        foreach (var (type, content) in extensions)
        {
            var isUnused = type switch
            {
                ExtensionType.trusted_ca_keys or ExtensionType.status_request_v2 => true,
                ExtensionType.status_request => content is not [(byte)CertificateStatusType.ocsp, ..],
                ExtensionType.ec_point_formats or ExtensionType.truncated_hmac or ExtensionType.encrypt_then_mac => isTls13,
                _ => false,
            };
            if (isUnused)
                (used ??= new Dictionary<int, byte[]>(extensions)).Remove(type);
        }

        return used ?? extensions;
    }

    private static void Check13(IDictionary<int, byte[]> extensions, ReadOnlySpan<byte> compression)
    {
        // RFC 8446 section 4.1.2.
        if (!compression.SequenceEqual([(byte)CompressionMethod.cls_null]))
            throw HelloFaults.Compression.ToException();

        // RFC 8446 section 4.2. The others that we know may be for TLS 1.2.
        if (extensions.ContainsKey(ExtensionType.oid_filters))
            throw HelloFaults.Misplaced.ToException("oid_filters in a ClientHello");

        // RFC 8446 section 4.2.9.
        if (extensions.ContainsKey(ExtensionType.pre_shared_key) && !extensions.ContainsKey(ExtensionType.psk_key_exchange_modes))
            throw HelloFaults.PskWithoutModes.ToException();

        // RFC 8446 section 9.2. With a pre-shared key there may be neither; that we could not use.
        var hasGroups = extensions.TryGetValue(ExtensionType.supported_groups, out var groups);
        var hasShares = extensions.TryGetValue(ExtensionType.key_share, out var shares);
        if (hasGroups != hasShares || (!hasGroups && !extensions.ContainsKey(ExtensionType.pre_shared_key)))
            throw HelloFaults.MissingKeyShare.ToException();
        if (hasGroups)
            CheckKeyShares(new Cursor(shares).Vector16(), new Cursor(groups).Vector16());
    }

    /// <summary>RFC 8446 section 4.2.8: a share for one group once, and only for one that is supported.</summary>
    private static void CheckKeyShares(ReadOnlySpan<byte> shares, ReadOnlySpan<byte> groups)
    {
        var open = new HashSet<int>();
        for (var list = new Cursor(groups); !list.IsAtEnd;)
            open.Add(list.UInt16());

        HashSet<int>? taken = null;
        for (var reader = new Cursor(shares); !reader.IsAtEnd;)
        {
            var group = reader.UInt16();
            reader.Vector16();
            if (!open.Contains(group))
                throw HelloFaults.KeyShareNotOffered.ToException();
            if (!(taken ??= []).Add(group))
                throw HelloFaults.KeyShareTwice.ToException();
        }
    }

    private static bool IsTls13Offered(IDictionary<int, byte[]> extensions) =>
        extensions.TryGetValue(ExtensionType.supported_versions, out var versions)
        && Lists(new Cursor(versions).Vector8(), ProtocolVersion.TLSv13.FullVersion);

    /// <summary>Whether a list of identities, each with an age behind it, has one.</summary>
    private static bool OffersKey(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> identity)
    {
        for (var reader = new Cursor(new Cursor(keys).Vector16()); !reader.IsAtEnd; reader.Bytes(4))
        {
            if (reader.Vector16().SequenceEqual(identity))
                return true;
        }

        return false;
    }

    private static bool Lists(ReadOnlySpan<byte> numbers, int number)
    {
        var reader = new Cursor(numbers);
        while (!reader.IsAtEnd)
        {
            if (reader.UInt16() == number)
                return true;
        }

        return false;
    }

    private static TlsException Changed(string what) =>
        HelloFaults.SecondHelloChanged.ToException($"a second ClientHello that differs from the first in {what}");
}
