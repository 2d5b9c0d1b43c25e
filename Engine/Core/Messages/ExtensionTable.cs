using System.Collections.Frozen;
using TlsFsm.Core.Strictness;
using static TlsFsm.Core.Messages.ExtensionForms;
using static TlsFsm.Core.Messages.ExtensionPlace;

namespace TlsFsm.Core.Messages;

/// <summary>
/// The extensions that we know or BouncyCastle does: in which messages each may stand, and in what form. Whatever comes is held to it,
/// whether anything is made of it or not; what is not in here is unknown, and passed over where the RFCs say so.
/// </summary>
internal static class ExtensionTable
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<ExtensionRow> Rows { get; } =
    [
        new(0, "server_name", [(ClientHello, ServerNames), (ServerHello12, Empty), (EncryptedExtensions, Empty)]),
        new(1, "max_fragment_length",
            [(ClientHello, FragmentLength), (ServerHello12, FragmentLength), (EncryptedExtensions, FragmentLength)]),
        new(2, "client_certificate_url", [(ClientHello, Empty), (ServerHello12, Empty)]),
        new(3, "trusted_ca_keys", [(ClientHello, TrustedAuthorities), (ServerHello12, Empty)]),
        new(4, "truncated_hmac", [(ClientHello, Empty), (ServerHello12, Empty)]),
        new(5, "status_request",
            [(ClientHello, StatusRequest), (ServerHello12, Empty), (CertificateRequest, Any), (Certificate, Status)]),

        // Old servers of TLS 1.2 send their groups, which RFC 8422 section 5.2 does not have; nobody minds.
        new(10, "supported_groups", [(ClientHello, Numbers16), (ServerHello12, Numbers16), (EncryptedExtensions, Numbers16)]),
        new(11, "ec_point_formats", [(ClientHello, Bytes8), (ServerHello12, Bytes8)]),
        new(13, "signature_algorithms", [(ClientHello, Numbers16), (CertificateRequest, Numbers16)]),
        new(14, "use_srtp", [(ClientHello, Srtp), (ServerHello12, Srtp), (EncryptedExtensions, Srtp)]),
        new(15, "heartbeat", [(ClientHello, Heartbeat), (ServerHello12, Heartbeat), (EncryptedExtensions, Heartbeat)]),
        new(16, "application_layer_protocol_negotiation",
            [(ClientHello, Protocols), (ServerHello12, Protocol), (EncryptedExtensions, Protocol)]),
        new(17, "status_request_v2", [(ClientHello, StatusRequests), (ServerHello12, Empty)]),
        new(18, "signed_certificate_timestamp",
            [(ClientHello, Empty), (ServerHello12, Timestamps), (CertificateRequest, Any), (Certificate, Timestamps)]),
        new(19, "client_certificate_type", [(ClientHello, Bytes8), (ServerHello12, OneByte), (EncryptedExtensions, OneByte)]),
        new(20, "server_certificate_type", [(ClientHello, Bytes8), (ServerHello12, OneByte), (EncryptedExtensions, OneByte)]),
        new(21, "padding", [(ClientHello, Padding)]),
        new(22, "encrypt_then_mac", [(ClientHello, Empty), (ServerHello12, Empty)]),
        new(23, "extended_master_secret", [(ClientHello, Empty), (ServerHello12, Empty)]),
        new(27, "compress_certificate", [(ClientHello, Numbers8), (CertificateRequest, Numbers8)]),
        new(28, "record_size_limit", [(ClientHello, SizeLimit), (ServerHello12, SizeLimit), (EncryptedExtensions, SizeLimit)]),
        new(35, "session_ticket", [(ClientHello, Any), (ServerHello12, Empty)]),
        new(41, "pre_shared_key", [(ClientHello, PreSharedKeys), (ServerHello13, TwoBytes)]),
        new(42, "early_data", [(ClientHello, Empty), (EncryptedExtensions, Empty), (NewSessionTicket, FourBytes)]),
        new(43, "supported_versions", [(ClientHello, Numbers8), (ServerHello13, TwoBytes), (HelloRetryRequest, TwoBytes)]),
        new(44, "cookie", [(ClientHello, Opaque16), (HelloRetryRequest, Opaque16)]),
        new(45, "psk_key_exchange_modes", [(ClientHello, Bytes8)]),
        new(47, "certificate_authorities", [(ClientHello, Authorities), (CertificateRequest, Authorities)]),

        // It has no place in a ClientHello of TLS 1.3, and on 1.2 it means nothing.
        new(48, "oid_filters", [(ClientHello, Any), (CertificateRequest, OidFilters)]),
        new(49, "post_handshake_auth", [(ClientHello, Empty)]),
        new(50, "signature_algorithms_cert", [(ClientHello, Numbers16), (CertificateRequest, Numbers16)]),
        new(51, "key_share", [(ClientHello, KeyShares), (ServerHello13, KeyShare), (HelloRetryRequest, TwoBytes)]),
        new(0xFF01, "renegotiation_info", [(ClientHello, Opaque8), (ServerHello12, Opaque8)]),
    ];

    private static readonly FrozenDictionary<int, ExtensionRow> ByType = Rows.ToFrozenDictionary(row => row.Type);

    /// <summary>Judges an extension.</summary>
    /// <exception cref="TlsException">It has no place in the message, cannot be decoded, or says what it must not.</exception>
    public static void Check(ExtensionPlace place, int type, ReadOnlySpan<byte> content)
    {
        if (!ByType.TryGetValue(type, out var row))
            return;
        if (row.FormIn(place) is not { } form)
            throw HelloFaults.Misplaced.ToException($"the extension {row.Name} in a message that it has no place in ({place})");

        switch (form(content))
        {
            case ExtensionVerdict.Malformed:
                throw HelloFaults.ExtensionMalformed.ToException($"the extension {row.Name} in a form that cannot be decoded ({place})");
            case ExtensionVerdict.Illegal:
                throw HelloFaults.ExtensionValue.ToException($"the extension {row.Name} with a value that it must not have ({place})");
        }
    }

    /// <summary>Judges a block of extensions, each by itself. What is no such block is left to the library to refuse.</summary>
    /// <param name="place">The message.</param>
    /// <param name="block">Without the length before it.</param>
    /// <exception cref="TlsException">As <see cref="Check"/>.</exception>
    public static void CheckAll(ExtensionPlace place, ReadOnlySpan<byte> block)
    {
        for (var all = new Cursor(block); !all.IsAtEnd;)
        {
            var type = all.UInt16();
            var content = all.Vector16();
            if (!all.HasFailed)
                Check(place, type, content);
        }
    }
}

/// <summary>An extension, and the messages that it may stand in.</summary>
/// <param name="Type">Its number.</param>
/// <param name="Name">Its IANA name.</param>
/// <param name="Cells">In which messages it may stand, and in what form.</param>
internal sealed record ExtensionRow(int Type, string Name, IReadOnlyList<(ExtensionPlace Place, ExtensionForm Form)> Cells)
{
    /// <summary>The form in a message; null where it has no place.</summary>
    public ExtensionForm? FormIn(ExtensionPlace place)
    {
        foreach (var (one, form) in Cells)
        {
            if (one == place)
                return form;
        }

        return null;
    }
}
