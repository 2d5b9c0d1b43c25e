using System.Buffers.Binary;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Rules;

/// <summary>
/// What a server's answers must be, as far as BouncyCastle does not look. What cannot be decoded is left to it to refuse.
/// </summary>
internal static class ServerHelloRules
{
    /// <summary>Judges a ServerHello or HelloRetryRequest.</summary>
    /// <param name="hello">What came.</param>
    /// <param name="offer">What it answers.</param>
    /// <param name="hasSession">Whether the offer wants to resume a session of TLS 1.2.</param>
    /// <exception cref="TlsException">It breaks a rule.</exception>
    public static void Check(ServerHello hello, ClientHello offer, bool hasSession)
    {
        // RFC 8446 appendix D.5.
        if (hello.Version.Equals(ProtocolVersion.SSLv3))
            throw HelloFaults.Ssl3.ToException();

        var extensions = hello.Extensions ?? new Dictionary<int, byte[]>();
        if (!extensions.TryGetValue(ExtensionType.supported_versions, out var selected))
            Check12(hello, extensions, offer, hasSession);
        else if (!offer.Extensions.TryGetValue(ExtensionType.supported_versions, out var offered))
            throw Unrequested(ExtensionType.supported_versions);
        else if (selected.Length != 2)
            ExtensionTable.Check(ExtensionPlace.ServerHello13, ExtensionType.supported_versions, selected);
        else
            Check13(hello, extensions, BinaryPrimitives.ReadUInt16BigEndian(selected), offer, offered);
    }

    /// <summary>Whether it says TLS 1.3, in the one place where that is said.</summary>
    public static bool IsTls13(ServerHello hello) =>
        hello.Extensions is { } extensions && extensions.TryGetValue(ExtensionType.supported_versions, out var selected)
            && selected is [3, 4];

    /// <summary>TLS 1.3: the group that a ServerHello or HelloRetryRequest names; negative without one.</summary>
    public static int GroupOf(ServerHello hello) =>
        hello.Extensions is { } extensions && extensions.TryGetValue(ExtensionType.key_share, out var share) && share.Length >= 2
            ? BinaryPrimitives.ReadUInt16BigEndian(share) : -1;

    /// <summary>TLS 1.2: the group that a ServerKeyExchange names; negative without one.</summary>
    /// <param name="message">The message, at its body; the position is left as it was.</param>
    /// <param name="cipherSuite">Its suite.</param>
    public static int GroupOf12(MemoryStream message, int cipherSuite)
    {
        message.TryGetBuffer(out var all);
        var reader = new Cursor(all.AsSpan((int)message.Position));
        switch (TlsUtilities.GetKeyExchangeAlgorithm(cipherSuite))
        {
            case KeyExchangeAlgorithm.ECDHE_ECDSA or KeyExchangeAlgorithm.ECDHE_RSA:
                break;
            case KeyExchangeAlgorithm.ECDHE_PSK:
                reader.Vector16();
                break;
            default:
                return -1;
        }

        var isNamed = reader.UInt8() == ECCurveType.named_curve;
        var group = reader.UInt16();
        return isNamed && !reader.HasFailed ? group : -1;
    }

    /// <summary>
    /// RFC 8446 section 4.2: EncryptedExtensions answer what was asked. BouncyCastle looks first whether they may stand there.
    /// </summary>
    /// <param name="message">The message, at its body; the position is left as it was.</param>
    /// <param name="offered">What was asked.</param>
    /// <exception cref="TlsException">One was not.</exception>
    public static void CheckEncryptedExtensions(MemoryStream message, IDictionary<int, byte[]> offered)
    {
        message.TryGetBuffer(out var all);
        for (var reader = new Cursor(new Cursor(all.AsSpan((int)message.Position)).Vector16()); !reader.IsAtEnd;)
        {
            var type = reader.UInt16();
            reader.Vector16();
            if (!reader.HasFailed && !offered.ContainsKey(type))
                throw HelloFaults.Unrequested.ToException(
                    $"EncryptedExtensions with {ExtensionType.GetText(type)}, which was not asked for");
        }

        // Before the form of one, the place of all.
        ExtensionTable.CheckAll(ExtensionPlace.EncryptedExtensions, new Cursor(all.AsSpan((int)message.Position)).Vector16());
    }

    /// <summary>RFC 8446 section 4.3.2: the extensions of a CertificateRequest.</summary>
    /// <param name="message">The message, at its body; the position is left as it was.</param>
    /// <exception cref="TlsException">One is not what it should be.</exception>
    public static void CheckCertificateRequest(MemoryStream message)
    {
        message.TryGetBuffer(out var all);
        var reader = new Cursor(all.AsSpan((int)message.Position));
        reader.Vector8();
        ExtensionTable.CheckAll(ExtensionPlace.CertificateRequest, reader.Vector16());
    }

    /// <summary>
    /// Judges the answers to extensions, of which a ServerHello of TLS 1.2 and EncryptedExtensions of TLS 1.3 are the place.
    /// </summary>
    /// <exception cref="TlsException">One is not to what was asked.</exception>
    public static void CheckAnswers(IDictionary<int, byte[]> answers, IDictionary<int, byte[]> offered, bool isTls13)
    {
        // RFC 7301 section 3.1: the answer must be one of what was offered. BouncyCastle only sees that something was.
        if (answers.TryGetValue(ExtensionType.application_layer_protocol_negotiation, out var answer)
            && offered.TryGetValue(ExtensionType.application_layer_protocol_negotiation, out var wishes)
            && !Lists(new Cursor(wishes).Vector16(), new Cursor(new Cursor(answer).Vector16()).Vector8()))
        {
            throw HelloFaults.ProtocolNotOffered.ToException();
        }

        // RFC 6066 section 3.
        if (offered.ContainsKey(ExtensionType.server_name) && answers.TryGetValue(ExtensionType.server_name, out var name)
            && name.Length > 0)
            throw HelloFaults.ServerNameAnswer.ToException();
        if (!isTls13)
            ClientHelloRules.CheckPointFormats(answers);
    }

    /// <summary>TLS 1.2: BouncyCastle looks too, and does not say what it is that is missing.</summary>
    /// <exception cref="TlsException">The server does not know extended master secret.</exception>
    public static void CheckMasterSecret(ServerHello hello, ClientHello offer)
    {
        if (hello.Version.Equals(ProtocolVersion.TLSv12) && !IsTls13(hello) && Offers12(offer)
            && hello.Extensions?.ContainsKey(ExtensionType.extended_master_secret) != true)
            throw OwnFaults.NoExtendedMasterSecret(isOfClient: false);
    }

    private static bool Offers12(ClientHello offer) => !offer.Extensions.TryGetValue(ExtensionType.supported_versions, out var offered)
        || Lists(new Cursor(offered).Vector8(), ProtocolVersion.TLSv12.FullVersion);

    private static void Check12(ServerHello hello, IDictionary<int, byte[]> extensions, ClientHello offer, bool hasSession)
    {
        // RFC 8446 section 4.1.3: a version that was not offered counts before all else. BouncyCastle refuses it.
        if (!Offers12(offer))
            return;

        // RFC 5246 section 7.4.1.3: the same id says that a session is resumed. Ours was a random one, for the sake of middleboxes.
        if (!hasSession && hello.SessionID.Length > 0 && hello.SessionID.AsSpan().SequenceEqual(offer.SessionID))
            throw HelloFaults.SessionIdInvented.ToException();

        foreach (var (type, content) in extensions)
        {
            // RFC 5746 section 3.6: asked for by a cipher suite.
            if (!offer.Extensions.ContainsKey(type) && type != ExtensionType.renegotiation_info)
                throw Unrequested(type);
            ExtensionTable.Check(ExtensionPlace.ServerHello12, type, content);
        }

        // RFC 8446 section 4.1.3: of the two marks BouncyCastle knows only the one for TLS 1.2.
        if (offer.Extensions.ContainsKey(ExtensionType.supported_versions) && hello.Random.AsSpan(24, 7).SequenceEqual("DOWNGRD"u8)
            && hello.Random[31] is 0 or 1)
            throw HelloFaults.DowngradeMarker.ToException();

        CheckAnswers(extensions, offer.Extensions, isTls13: false);
    }

    private static void Check13(ServerHello hello, IDictionary<int, byte[]> extensions, int version, ClientHello offer, byte[] offered)
    {
        // RFC 8446 section 4.2.1.
        if (version < ProtocolVersion.TLSv13.FullVersion || !Lists(new Cursor(offered).Vector8(), version))
            throw HelloFaults.SelectedVersion.ToException(
                $"supported_versions with the version {version >> 8}.{version & 0xFF}, which was not offered there");

        // RFC 8446 section 4.2. BouncyCastle does not look at a ServerHello.
        var isRetry = hello.IsHelloRetryRequest();
        foreach (var type in extensions.Keys)
        {
            if (!offer.Extensions.ContainsKey(type) && !(isRetry && type == ExtensionType.cookie))
                throw Unrequested(type);
        }

        foreach (var (type, content) in extensions)
            ExtensionTable.Check(isRetry ? ExtensionPlace.HelloRetryRequest : ExtensionPlace.ServerHello13, type, content);

        // RFC 8446 section 4.1.3.
        if (!hello.Version.Equals(ProtocolVersion.TLSv12))
            throw HelloFaults.LegacyVersion.ToException($"a ServerHello of TLS 1.3 whose legacy version is {hello.Version}");

        var hasShare = extensions.ContainsKey(ExtensionType.key_share);
        if (isRetry)
        {
            // RFC 8446 section 4.1.4.
            if (!hasShare && !extensions.ContainsKey(ExtensionType.cookie))
                throw HelloFaults.RetryForNothing.ToException();
            return;
        }

        // RFC 8446 section 4.2.8: with a pre-shared key too, because we offer no mode without.
        if (!hasShare)
            throw HelloFaults.ServerShareMissing.ToException();
    }

    private static bool Lists(ReadOnlySpan<byte> versions, int version)
    {
        for (var reader = new Cursor(versions); !reader.IsAtEnd;)
        {
            if (reader.UInt16() == version)
                return true;
        }

        return false;
    }

    private static bool Lists(ReadOnlySpan<byte> names, ReadOnlySpan<byte> name)
    {
        for (var reader = new Cursor(names); !reader.IsAtEnd;)
        {
            if (reader.Vector8().SequenceEqual(name))
                return true;
        }

        return false;
    }

    private static TlsException Unrequested(int type) =>
        HelloFaults.Unrequested.ToException($"a ServerHello with the extension {ExtensionType.GetText(type)}, which was not asked for");
}
