using System.Security.Authentication;
using TlsFsm.BogoShim;
using TlsFsm.BogoShim.Flags;
using TlsFsm.BogoShim.Setup;

namespace TlsFsm.Tests.BogoShim;

/// <summary>What the shim makes of lists that are no policy of the engine.</summary>
[TestFixture]
internal sealed class ShimPolicyTests
{
    private const string PssSha384 = "-verify-prefs 2053";
    private const string EcdsaSha256 = "-verify-prefs 1027";
    private const string Pkcs1Sha256 = "-verify-prefs 1025";
    private const string MLKem1024 = "-curves 514";

    [TestCase("", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [TestCase(PssSha384, SslProtocols.Tls12 | SslProtocols.Tls13)]
    [TestCase(EcdsaSha256, SslProtocols.Tls12 | SslProtocols.Tls13)]
    [TestCase(Pkcs1Sha256, SslProtocols.Tls12)]
    [TestCase(MLKem1024, SslProtocols.Tls13)]
    [TestCase(MLKem1024 + " -curves 29", SslProtocols.Tls12 | SslProtocols.Tls13)]
    [TestCase(EcdsaSha256 + " -cipher TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", SslProtocols.Tls13)]
    public void A_version_for_which_the_lists_have_nothing_is_left_out(string flags, SslProtocols versions)
    {
        var config = Parse(flags);

        Assert.That(Policies.VersionsOf(config), Is.EqualTo(versions));
        Assert.That(
            () => BouncyCastleCore.CreateClient(
                new TlsClientOptions { TargetHost = "x", Policy = Policies.PolicyOf(config), EnabledProtocols = versions }),
            Throws.Nothing);
    }

    [TestCase(MLKem1024 + " -max-version 771")]
    [TestCase(Pkcs1Sha256 + " -min-version 772")]
    public void Where_the_lists_leave_no_version_nothing_is_run(string flags) =>
        Assert.That(() => Policies.VersionsOf(Parse(flags)), Throws.InstanceOf<UnimplementedException>());

    [TestCase(PssSha384, "_ECDSA_")]
    [TestCase(EcdsaSha256, "_RSA_")]
    public void A_suite_for_whose_certificates_there_is_no_scheme_is_left_out(string flags, string part) =>
        Assert.That(Policies.PolicyOf(Parse(flags)).CipherSuites.Select(suite => suite.ToString()), Has.None.Contains(part));

    [Test]
    public void Schemes_to_sign_with_belong_to_the_credential_and_those_to_verify_to_the_policy()
    {
        var signing = Parse("-signing-prefs 1027 -signing-prefs 1025");
        var verifying = Parse("-server -verify-prefs 1027");

        Assert.That(Policies.PolicyOf(signing).SignatureSchemes, Is.EqualTo(TlsPolicy.Default.SignatureSchemes));
        Assert.That(
            Policies.SigningOf(signing, signing.Credential),
            Is.EqualTo(new[] { TlsSignatureScheme.EcdsaSecp256r1Sha256, TlsSignatureScheme.RsaPkcs1Sha256 }));
        Assert.That(Policies.PolicyOf(verifying).SignatureSchemes, Is.EqualTo(new[] { TlsSignatureScheme.EcdsaSecp256r1Sha256 }));
        Assert.That(Policies.SigningOf(verifying, verifying.Credential), Is.EqualTo(TlsPolicy.Default.SignatureSchemes));
    }

    [TestCase("-fips-202205")]
    [TestCase("-wpa-202304")]
    [TestCase("-cnsa-202407")]
    [TestCase("-cnsa1-202603")]
    [TestCase("-cnsa2-202603")]
    public void A_list_that_others_have_written_down_is_a_policy(string flag)
    {
        var config = Parse(flag);

        Assert.That(
            () => BouncyCastleCore.CreateClient(
                new TlsClientOptions { TargetHost =
                    "x", Policy = Policies.PolicyOf(config), EnabledProtocols = Policies.VersionsOf(config) }),
            Throws.Nothing);
    }

    private static ShimConfig Parse(string flags) => CommandLine.Parse(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Initial;
}
