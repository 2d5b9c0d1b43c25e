using Org.BouncyCastle.Tls;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Rules;

/// <summary>What is demanded of a Certificate message, most of it by TLS 1.3, and BouncyCastle does not look at or too late.</summary>
internal static class CertificateRules
{
    /// <summary>
    /// Whether a Certificate or CertificateStatus has all that its lengths speak of. BouncyCastle makes room for as much as a length says,
    /// 16 MB, before it looks whether so much has come.
    /// </summary>
    /// <param name="type">Of any message; others have no such lengths.</param>
    /// <param name="message">The message, at its body.</param>
    /// <param name="isTls13">Which version is agreed.</param>
    /// <param name="certificateType">What was agreed that the peer presents.</param>
    public static bool IsWhole(short type, MemoryStream message, bool isTls13, short certificateType)
    {
        if (type is not (HandshakeType.certificate or HandshakeType.certificate_status))
            return true;

        message.TryGetBuffer(out var all);
        var reader = new Cursor(all.AsSpan((int)message.Position));
        if (type == HandshakeType.certificate_status)
            reader.UInt8();
        else if (isTls13)
            reader.Vector8();
        var content = reader.Vector24();

        // RFC 7250 section 3: on TLS 1.2 a raw public key stands there alone.
        if (reader.HasFailed || type != HandshakeType.certificate || (!isTls13 && certificateType == CertificateType.RawPublicKey))
            return !reader.HasFailed;

        var entries = new Cursor(content);
        while (!entries.IsAtEnd)
        {
            entries.Vector24();
            if (isTls13)
                entries.Vector16();
        }

        return !entries.HasFailed;
    }

    /// <summary>RFC 8446 section 4.4.2: a Certificate of a handshake gives back the context of the request, which was empty.</summary>
    public static void CheckContext(Certificate certificate)
    {
        if (certificate.GetCertificateRequestContext().Length > 0)
            throw MessageFaults.RequestContext.ToException();
    }

    /// <summary>RFC 8446 section 4.4.2: where a bare key was agreed on, there is one.</summary>
    public static void CheckCount(Certificate certificate)
    {
        if (certificate.CertificateType == CertificateType.RawPublicKey && certificate.Length > 1)
            throw MessageFaults.SeveralRawKeys.ToException($"{certificate.Length} raw public keys, where one is presented");
    }

    /// <summary>RFC 8446 section 4.4.2: an extension of an entry answers one that was asked for.</summary>
    /// <param name="certificate">The message.</param>
    /// <param name="asked">What was asked for; null for nothing.</param>
    public static void CheckExtensions(Certificate certificate, IDictionary<int, byte[]>? asked)
    {
        for (var i = 0; i < certificate.Length; i++)
        {
            foreach (var (type, content) in certificate.GetCertificateEntryAt(i).Extensions ?? new Dictionary<int, byte[]>())
            {
                if (asked?.ContainsKey(type) != true)
                    throw HelloFaults.Unrequested.ToException(
                        $"a certificate with the extension {ExtensionType.GetText(type)}, which was not asked for");

                // RFC 8446 section 4.4.2.1: a CertificateStatus as of RFC 6066 section 8.
                if (type == ExtensionType.status_request && !ExtensionForms.IsStatus(content))
                    throw MessageFaults.EmptyStaple.ToException();

                ExtensionTable.Check(ExtensionPlace.Certificate, type, content);
            }
        }
    }
}
