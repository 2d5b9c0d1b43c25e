using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// A policy is what goes on the wire, in every version and role: read back from the ClientHello, and from what is agreed.
/// </summary>
public sealed class PolicyOnTheWireTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13, SslProtocols.Tls12 | SslProtocols.Tls13];

    private static IEnumerable<TestCaseData> Policies()
    {
        (string Name, TlsPolicy Policy)[] presets =
            [("Default", TlsPolicy.Default), ("Modern", TlsPolicy.Modern), ("Compatible", TlsPolicy.Compatible)];
        foreach (var (name, policy) in presets)
            yield return new TestCaseData(policy).SetArgDisplayNames(name);
        foreach (var group in Enum.GetValues<TlsNamedGroup>())
            yield return new TestCaseData(TlsPolicy.Default with { Groups = [group] }).SetArgDisplayNames($"{group}");
        foreach (var scheme in Enum.GetValues<TlsSignatureScheme>())
            yield return new TestCaseData(TlsPolicy.Default with { SignatureSchemes = [scheme] }).SetArgDisplayNames($"{scheme}");
        foreach (var suite in TlsPolicy.SupportedCipherSuites)
            yield return new TestCaseData(TlsPolicy.Default with { CipherSuites = [suite] }).SetArgDisplayNames($"{suite}");
        yield return new TestCaseData(TlsPolicy.Default with { CertificateCurves = [] }).SetArgDisplayNames("no curves for certificates");
        yield return new TestCaseData(TlsPolicy.Default with { KeyShares = [] }).SetArgDisplayNames("no key shares");
    }

    [Test]
    public void A_ClientHello_says_what_the_policy_says(
        [ValueSource(nameof(Policies))] TestCaseData policy, [ValueSource(nameof(Versions))] SslProtocols version) =>
        Check((TlsPolicy)policy.Arguments[0]!, version);

    [Test]
    public void A_policy_for_after_quantum_computers_agrees_on_nothing_else()
    {
        var client = Options(TlsPolicy.Modern with { Groups = [TlsNamedGroup.X25519MLKem768] }, SslProtocols.Tls13);
        foreach (var group in (TlsNamedGroup[])[TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1])
        {
            using var pair = new CorePair(client, new TlsServerOptions
            {
                Credential = TestCertificates.Server, Policy = TlsPolicy.Modern with { Groups = [group] },
            });
            pair.Handshake();

            Assert.That(pair.Client.IsEstablished || pair.Server.IsEstablished, Is.False, $"{group}");
            Assert.That(pair.ServerFault!.Fault, Is.EqualTo(TlsFault.Incompatible));
            Assert.That(pair.ServerFault.Message, Does.Contain("no group of ours").And.Contain("RFC 8446 section 4.2.7"));
        }
    }

    [Test]
    public void A_curve_that_was_named_for_certificates_alone_is_not_agreed_on([Values] bool isTls13)
    {
        // With TLS 1.2 the list names P-521 for certificates; a server cannot know.
        var version = isTls13 ? SslProtocols.Tls12 | SslProtocols.Tls13 : SslProtocols.Tls12;
        var narrow = TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1] };
        using var pair = new CorePair(Options(narrow, version), new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = isTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12,
            Policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.Secp521r1] },
        });

        pair.Handshake();

        Assert.That(pair.ClientFault!.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ClientFault.Message, Does.Contain("secp521r1").And.Contain("Groups"));
        Assert.That(pair.ServerFault!.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [Test]
    public void A_HelloRetryRequest_names_a_version_and_a_group_and_gives_no_cookie()
    {
        using var pair = new CorePair(Options(TlsPolicy.Modern with { KeyShares = [] }, SslProtocols.Tls13));
        pair.Client.StepHandshake();
        pair.ToServer();
        pair.Server.StepHandshake();

        var size = BinaryPrimitives.ReadUInt16BigEndian(pair.ServerOut.Readable[3..]);
        var retry = new HelloEditor(pair.ServerOut.Readable.Slice(5, size).ToArray());

        Assert.That(retry.Extensions.Select(one => one.Type), Is.EquivalentTo(new[] { 43, 51 }));
        pair.ToClient();
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True);
    }

    private static void Check(TlsPolicy policy, SslProtocols version)
    {
        BouncyCastleCore core;
        try
        {
            core = BouncyCastleCore.CreateClient(Options(policy, version));
        }
        catch (ArgumentException)
        {
            // It contradicts itself, or has nothing for this version: nothing goes on the wire.
            return;
        }

        using var client = core;
        MemoryBio incoming = new(), outgoing = new();
        client.Attach(incoming, outgoing);
        client.StepHandshake();
        var hello = new HelloEditor(outgoing.Readable[5..].ToArray());
        var versions = policy.Protocols & version;
        var (is12, is13) = (versions.HasFlag(SslProtocols.Tls12), versions.HasFlag(SslProtocols.Tls13));

        // Two suites are signals: no suites at all.
        Assert.That(
            Numbers(hello.Suites).Where(one => one is not (0x00FF or 0x5600)).Select(one => (TlsCipherSuite)one),
            Is.EqualTo(policy.CipherSuites.Where(one => (int)one >> 8 == 0x13 ? is13 : is12)));
        Assert.That(Numbers(hello.Get(13)[2..]).Select(one => (TlsSignatureScheme)one), Is.EqualTo(policy.SignatureSchemes));
        TlsNamedGroup[] groups = [.. policy.Groups.Where(one => is13 || !$"{one}".Contains("MLKem", StringComparison.Ordinal))];
        Assert.That(
            Numbers(hello.Get(10)[2..]).Select(one => (TlsNamedGroup)one),
            Is.EqualTo(is12 ? [.. groups, .. policy.CertificateCurves.Except(groups)] : groups));
        var offered = hello.Extensions.Any(one => one.Type == 43) ? Numbers(hello.Get(43)[1..]) : [0x0303];
        Assert.That(offered, Is.EqualTo((int[])[.. is13 ? (int[])[0x0304] : [], .. is12 ? (int[])[0x0303] : []]));
        if (is13)
            Assert.That(SharesOf(hello.Get(51)), Is.SubsetOf(policy.KeyShares ?? policy.Groups));
    }

    private static TlsClientOptions Options(TlsPolicy policy, SslProtocols version) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy = policy, EnabledProtocols = version,
        Psks = policy.CipherSuites.Any(one => $"{one}".Contains("_PSK_", StringComparison.Ordinal))
            ? [new TlsPsk("me"u8, new byte[32])] : [],
    };

    private static int[] Numbers(byte[] list) =>
        [.. list.Chunk(2).Select(one => (int)BinaryPrimitives.ReadUInt16BigEndian(one))];

    private static List<TlsNamedGroup> SharesOf(byte[] extension)
    {
        var groups = new List<TlsNamedGroup>();
        for (var at = 2; at < extension.Length; at += 4 + BinaryPrimitives.ReadUInt16BigEndian(extension.AsSpan(at + 2)))
            groups.Add((TlsNamedGroup)BinaryPrimitives.ReadUInt16BigEndian(extension.AsSpan(at)));
        return groups;
    }
}
