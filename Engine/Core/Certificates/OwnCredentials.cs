using System.Formats.Asn1;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;

namespace TlsFsm.Core.Certificates;

/// <summary>Judges what we present as a peer like us would: what it would refuse is better heard of before a connection fails.</summary>
internal static class OwnCredentials
{
    private static readonly ConditionalWeakTable<TlsCredential, Verdict> Known = [];

    /// <summary>Why a peer would refuse a credential, whenever it sees it; null when it would not.</summary>
    /// <param name="credential">Ours.</param>
    /// <param name="policy">Ours, by whose words of keys and signatures it is judged.</param>
    /// <param name="isServer">Whether we are the server.</param>
    public static string? FaultOf(TlsCredential credential, TlsPolicy policy, bool isServer)
    {
        if (credential.DangerousPresentUnfit)
            return null;
        if (Known.TryGetValue(credential, out var known) && ReferenceEquals(known.Policy, policy) && known.IsServer == isServer)
            return known.Fault;

        var fault = Judge(credential, policy, isServer);
        Known.AddOrUpdate(credential, new Verdict(policy, isServer, fault));
        return fault;
    }

    /// <summary>Whether all that would be sent is within its dates. Not a reason to refuse options: time goes by.</summary>
    public static bool IsCurrent(TlsCredential credential, DateTimeOffset time) => credential.IsKeyOnly
        || credential.Intermediates.Prepend(credential.Certificate).All(one => time >= one.NotBefore && time <= one.NotAfter);

    /// <summary>
    /// The schemes by which the certificates that would be sent are signed; a root's own signature proves nothing, and is not looked at.
    /// </summary>
    public static IEnumerable<TlsSignatureScheme?> SchemesOf(TlsCredential credential) => credential.IsKeyOnly ? []
        : credential.Intermediates.Prepend(credential.Certificate)
            .Where(one => !CertificateText.IsSelfIssued(one))
            .Select(Strength.SchemeOf);

    private static string? Judge(TlsCredential credential, TlsPolicy policy, bool isServer)
    {
        var leaf = credential.Certificate;
        var peer = isServer ? "client" : "server";
        if (Strength.OfKey(leaf, policy) is { } weakness)
            return Refusal(leaf, weakness.Detail);
        if (credential.IsKeyOnly)
            return null;

        foreach (var one in credential.Intermediates.Prepend(leaf))
        {
            if (CertificateForm.FaultOf(one) is { } malformed)
                return Refusal(one, malformed);
            if (!CertificateText.IsSelfIssued(one) && Strength.Of(one, policy) is { } weak)
                return Refusal(one, weak.Detail);
        }

        if (!CertificateForm.MaySign(leaf))
            return Refusal(leaf, "its key usage does not let it sign a handshake (no digitalSignature)");
        return Usages.Permit(leaf, Usages.Of(isPeerServer: isServer))
            ? null : Refusal(leaf, $"its extended key usage does not let it stand for a {(isServer ? "server" : "client")}");

        string Refusal(X509Certificate2 one, string detail) =>
            $"the certificate {CertificateText.NameOf(one)} would be refused by a {peer}: {detail}";
    }

    private sealed record Verdict(TlsPolicy Policy, bool IsServer, string? Fault);
}

/// <summary>What a certificate may be used for (RFC 5280 section 4.2.1.12).</summary>
internal static class Usages
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string Any = "2.5.29.37.0";
    private const string Extension = "2.5.29.37";

    /// <summary>The usage that who presents a certificate needs.</summary>
    public static string Of(bool isPeerServer) => isPeerServer ? ServerAuthentication : ClientAuthentication;

    /// <summary>Whether a certificate says nothing of its usage, or permits this one.</summary>
    /// <exception cref="AsnContentException">The extension is malformed.</exception>
    public static bool Permit(X509Certificate2 certificate, string usage)
    {
        if (certificate.Extensions[Extension] is not { } extension)
            return true;

        for (var usages = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence(); usages.HasData;)
        {
            if (usages.ReadObjectIdentifier() is var one && (one == usage || one == Any))
                return true;
        }

        return false;
    }
}
