using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>
/// Goes through the table of docs/sessions.md: a session made under one value is tried under one that would refuse. What comes is a full
/// handshake or a refusal, never a resumption.
/// </summary>
[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
public sealed class SessionDecisionTests(SslProtocols version)
{
    private static readonly CertificateVerification Trust = TestCertificates.Verification;

    private static readonly string OtherPin = CertificateVerification.PinOf(TestCertificates.OtherRoot);

    /// <summary>By the row: how a client would refuse, or would want something else.</summary>
    private static readonly Dictionary<string, Action<TlsClientOptions>> Clients = new()
    {
        ["TargetHost"] = one => Set(one, nameof(one.TargetHost), "127.0.0.1"),
        ["Verification"] = one => Verify(one, CertificateVerification.TrustedRoots([TestCertificates.OtherRoot])),
        ["Verification.Review"] = one => Verify(one, Trust with { Review = Refuse() }),
        ["Verification.Pins"] = one => Verify(one, Trust with { Pins = [OtherPin] }),
        ["Verification.RawPublicKeys"] = one => Verify(one, Trust with { RawPublicKeys = [OtherPin] }),
        ["Verification.CertificateTypes"] = one => Verify(one, Trust with
        {
            RawPublicKeys = [OtherPin], CertificateTypes = [TlsCertificateType.RawPublicKey],
        }),
        ["Verification.Staple"] = one => Verify(one, Trust with { Staple = StapleMode.Require }),
        ["Verification.RevocationMode"] = one => Verify(one, Trust with { RevocationMode = X509RevocationMode.Offline }),
        ["Verification.RevocationFlag"] = one => Verify(one, Trust with { RevocationFlag = X509RevocationFlag.EntireChain }),
        ["Verification.VerifyOnResumption"] = one =>
        {
            Verify(one, Trust with { VerifyOnResumption = true });
            Set(one, nameof(one.TimeProvider), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(
                TestCertificates.Server.Certificate.NotAfter.ToUniversalTime().AddDays(1)));
        },
        ["Policy.Protocols"] = one => With(one, one.Policy with { Protocols = one.EnabledProtocols }),
        ["Policy.CipherSuites"] = one => With(one, one.Policy with { CipherSuites = [.. one.Policy.CipherSuites.Reverse()] }),
        ["Policy.Groups"] = one => With(one, one.Policy with { Groups = [TlsNamedGroup.Secp384r1] }),
        ["Policy.CertificateCurves"] = one => With(one, one.Policy with { CertificateCurves = [TlsNamedGroup.Secp384r1] }),
        ["Policy.SignatureSchemes"] = one => Set(one, nameof(one.Policy), one.Policy with
        {
            SignatureSchemes = [.. one.Policy.SignatureSchemes.Where(scheme => scheme != TlsSignatureScheme.EcdsaSecp256r1Sha256)],
        }),
        ["Policy.CertificateSchemes"] = one => Set(one, nameof(one.Policy), one.Policy with
        {
            CertificateSchemes = [TlsSignatureScheme.EcdsaSecp521r1Sha512],
        }),
        ["Policy.MinRsaBits"] = one => With(one, one.Policy with { MinRsaBits = 4096 }),
        ["Policy.MaxRsaBits"] = one => With(one, one.Policy with { MaxRsaBits = 3072 }),
        ["Policy.RequireExtendedMasterSecret"] = one => With(one, one.Policy with { RequireExtendedMasterSecret = false }),
        ["Policy.RequireSecureRenegotiation"] = one => With(one, one.Policy with { RequireSecureRenegotiation = false }),
        ["EnabledProtocols"] = one => Set(one, nameof(one.EnabledProtocols), SslProtocols.Tls12 | SslProtocols.Tls13),
        ["ApplicationProtocols"] = one => Set(
            one, nameof(one.ApplicationProtocols), (SslApplicationProtocol[])[SslApplicationProtocol.Http2]),
        ["Credential"] = one => Set(one, nameof(one.Credential), TestCertificates.Client),
        ["Credentials"] = one => Set(one, nameof(one.Credentials), (TlsCredential[])[TestCertificates.Client]),
        ["OfferedCertificateTypes"] = one => Set(
            one, nameof(one.OfferedCertificateTypes), (TlsCertificateType[])[TlsCertificateType.RawPublicKey, TlsCertificateType.X509]),
        ["ChooseCredential"] = one => Set(
            one, nameof(one.ChooseCredential), TlsDecisions.AtOnce<TlsCertificateDemand, TlsCredential?>(_ => TestCertificates.Client)),
        ["MaxFragmentLength"] = one => Set(one, nameof(one.MaxFragmentLength), 1024),
        ["Psks"] = one => Set(one, nameof(one.Psks), (TlsPsk[])[new TlsPsk("me"u8, new byte[32])]),
        ["Limits.MaxCertificateChainLength"] = one => Set(one, nameof(one.Limits), new TlsLimits { MaxCertificateChainLength = 1 }),
        ["MaxSessionAge"] = one =>
        {
            Set(one, nameof(one.MaxSessionAge), TimeSpan.FromHours(1));
            ((Microsoft.Extensions.Time.Testing.FakeTimeProvider)one.TimeProvider).Advance(TimeSpan.FromHours(2));
        },
        ["RequireResumption"] = one => Set(one, nameof(one.RequireResumption), new TlsSessionInfo
        {
            CipherSuite = default, Origin = Guid.NewGuid(), Protocol = default,
        }),
    };

    /// <summary>By the row: how a server would refuse, or would want something else.</summary>
    private static readonly Dictionary<string, Action<TlsServerOptions>> Servers = new()
    {
        ["Credential"] = one =>
        {
            Set(one, nameof(one.Credentials), Array.Empty<TlsCredential>());
            Set(one, nameof(one.Credential), TestCertificates.ServerWith(TestKey.EcdsaP384));
        },
        ["Credentials"] = one => Set(one, nameof(one.Credentials), (TlsCredential[])[TestCertificates.ServerWith(TestKey.EcdsaP384)]),
        ["ClientCertificates"] = one => Set(one, nameof(one.ClientCertificates), ClientCertificateMode.Require),
        ["ClientVerification"] = one => Judge(one, CertificateVerification.TrustedRoots([TestCertificates.OtherRoot])),
        ["ClientVerification.Review"] = one => Judge(one, Trust with { Review = Refuse() }),
        ["ClientVerification.Pins"] = one => Judge(one, Trust with { Pins = [OtherPin] }),
        ["ClientVerification.RawPublicKeys"] = one => Judge(
            one, Trust with { RawPublicKeys = [OtherPin], CertificateTypes = [TlsCertificateType.RawPublicKey] }),
        ["ClientVerification.CertificateTypes"] = one => Judge(
            one, Trust with { RawPublicKeys = [OtherPin], CertificateTypes = [TlsCertificateType.RawPublicKey] }),
        ["ClientVerification.RevocationMode"] = one => Judge(
            one, Trust with { RevocationMode = X509RevocationMode.Online, Background = work => work() }),
        ["ClientVerification.RevocationFlag"] = one => Judge(
            one, Trust with
            {
                RevocationMode = X509RevocationMode.Offline, RevocationFlag = X509RevocationFlag.EndCertificateOnly,
            }),
        ["Policy.Protocols"] = one => With(one, one.Policy with { Protocols = one.EnabledProtocols }),
        ["Policy.CipherSuites"] = one => With(one, one.Policy with { CipherSuites = [.. one.Policy.CipherSuites.Reverse()] }),
        ["Policy.Groups"] = one => With(one, one.Policy with { Groups = [TlsNamedGroup.Secp384r1] }),
        ["Policy.SignatureSchemes"] = one => Set(one, nameof(one.Policy), one.Policy with
        {
            SignatureSchemes = [.. one.Policy.SignatureSchemes.Where(scheme => scheme != TlsSignatureScheme.Ed25519)],
        }),
        ["Policy.CertificateSchemes"] = one => Set(one, nameof(one.Policy), one.Policy with
        {
            CertificateSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256],
        }),
        ["Policy.MinRsaBits"] = one => With(one, one.Policy with { MinRsaBits = 4096 }),
        ["Policy.MaxRsaBits"] = one => With(one, one.Policy with { MaxRsaBits = 3072 }),
        ["Policy.RequireExtendedMasterSecret"] = one => With(one, one.Policy with { RequireExtendedMasterSecret = false }),
        ["Policy.RequireSecureRenegotiation"] = one => With(one, one.Policy with { RequireSecureRenegotiation = false }),
        ["EnabledProtocols"] = one => Set(one, nameof(one.EnabledProtocols), SslProtocols.Tls12 | SslProtocols.Tls13),
        ["ApplicationProtocols"] = one => Set(
            one, nameof(one.ApplicationProtocols), (SslApplicationProtocol[])[SslApplicationProtocol.Http2]),
        ["Names"] = one =>
        {
            var names = new TlsServerNames();
            names.Set(TestCertificates.Host, CorePair.ServerOptions(one.EnabledProtocols));
            Set(one, nameof(one.Names), names);
        },
        ["Choose"] = one => Set(one, nameof(one.Choose), TlsDecisions.AtOnce<TlsClientHello, TlsServerChoice>(
            _ => TlsServerChoice.Refuse(TlsAlert.AccessDenied))),
        ["FindPsk"] = one =>
        {
            Set(one, nameof(one.ClientCertificates), ClientCertificateMode.Request);
            Set(one, nameof(one.FindPsk), (Func<ReadOnlyMemory<byte>, TlsPsk?>)(_ => null));
        },
        ["Limits.MaxCertificateChainLength"] = one => Set(one, nameof(one.Limits), new TlsLimits { MaxCertificateChainLength = 1 }),
        ["MaxSessionAge"] = one =>
        {
            Set(one, nameof(one.MaxSessionAge), TimeSpan.FromHours(1));
            ((Microsoft.Extensions.Time.Testing.FakeTimeProvider)one.TimeProvider).Advance(TimeSpan.FromHours(2));
        },
        ["RequireResumption"] = one => Set(one, nameof(one.RequireResumption), new TlsSessionInfo
        {
            CipherSuite = default, Origin = Guid.NewGuid(), Protocol = default,
        }),
        ["TicketKeys"] = one => Set(one, nameof(one.TicketKeys), new MemoryTicketKeyRing()),
    };

    private static IEnumerable<string> ClientRows =>
        SessionBinding.Client.Where(one => one.Fate != SessionFate.Free).Select(one => one.Option);

    private static IEnumerable<string> ServerRows =>
        SessionBinding.Server.Where(one => one.Fate != SessionFate.Free).Select(one => one.Option);

    [TestCaseSource(nameof(ClientRows))]
    public void A_clients_session_is_not_resumed_under_what_would_refuse(string row)
    {
        var pair = Pair(ClientCertificateMode.Request);
        pair.Visit();
        var other = pair.ClientOptions();
        Clients[row](other);

        Assert.That(IsResumed(other, pair.ServerOptions()), Is.False);
    }

    /// <summary>The server may have been started anew meanwhile: nothing but the ring is the same.</summary>
    [TestCaseSource(nameof(ServerRows))]
    public void A_servers_session_is_not_resumed_under_what_would_refuse(string row)
    {
        var pair = Pair(ClientCertificateMode.Request, TestCertificates.Client);
        pair.Visit();
        var other = pair.ServerOptions();
        Servers[row](other);

        Assert.That(IsResumed(pair.ClientOptions(), other), Is.False);
    }

    [Test]
    public void What_is_the_same_is_resumed([Values] bool hasCertificate)
    {
        var pair = Pair(ClientCertificateMode.Request, hasCertificate ? TestCertificates.Client : null);
        pair.Visit();

        Assert.That(IsResumed(pair.ClientOptions(), pair.ServerOptions()), Is.True);
    }

    [Test]
    public void A_review_is_asked_of_a_client_without_a_certificate_though_its_session_was_made_where_nobody_minds()
    {
        var pair = Pair(ClientCertificateMode.Request);
        pair.Visit();
        var asked = 0;
        pair.ClientTrust = Trust with
        {
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(_ => asked++ == 0 ? TlsAlert.CertificateRequired : null),
        };

        Assert.That(IsResumed(pair.ClientOptions(), pair.ServerOptions()), Is.False);
        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public void Whatever_a_cache_gives_the_connection_looks_at_the_key_itself()
    {
        var pair = Pair(ClientCertificateMode.None);
        pair.Visit();
        var other = pair.ClientOptions();
        Clients["Verification.Pins"](other);
        Set(other, nameof(other.SessionCache), new CarelessCache(pair.Cache, SessionBinding.Of(pair.ClientOptions())!));

        Assert.That(IsResumed(other, pair.ServerOptions()), Is.False);
    }

    [Test]
    public void A_cache_that_throws_costs_the_resumption_alone()
    {
        var pair = Pair(ClientCertificateMode.None);
        pair.Visit();
        var options = pair.ClientOptions();
        Set(options, nameof(options.SessionCache), new BrokenCache());

        using var connection = CorePair.Connected(options, pair.ServerOptions());
        connection.ToClient();

        Assert.That(CorePair.ReadAll(connection.Client), Is.Empty);
        Assert.That(connection.Client.Session!.IsResumed, Is.False);
    }

    private SessionPair Pair(ClientCertificateMode mode, TlsCredential? credential = null) => new(version)
    {
        ServerCredentials = [TestCertificates.Server], ClientCertificates = mode, ClientCredential = credential,
        Spoken = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
        Offered = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
    };

    /// <summary>Whether either side says so. Options that contradict themselves are a refusal.</summary>
    private static bool IsResumed(TlsClientOptions client, TlsServerOptions server)
    {
        try
        {
            using var connection = new CorePair(client, server);
            connection.Handshake();
            return connection.Client.Session is { IsResumed: true } || connection.Server.Session is { IsResumed: true };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void Verify(TlsClientOptions options, CertificateVerification verification) =>
        Set(options, nameof(options.Verification), verification);

    private static void Judge(TlsServerOptions options, CertificateVerification verification) =>
        Set(options, nameof(options.ClientVerification), verification);

    private static void With(TlsConnectionOptions options, TlsPolicy policy) => Set(options, nameof(TlsClientOptions.Policy), policy);

    private static Action<CertificateReview, TlsDecision<TlsAlert?>> Refuse() =>
        TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(_ => TlsAlert.BadCertificate);

    private static void Set(object options, string name, object? value) => options.GetType().GetProperty(name)!.SetValue(options, value);

    /// <summary>Gives what it has, whoever asks.</summary>
    private sealed class CarelessCache(MemorySessionCache inner, string key) : ITlsSessionCache
    {
        public void Add(TlsSavedSession session) => inner.Add(session);

        public TlsSavedSession? Take(string asked, Guid? origin) => inner.Take(key, null);

        public void Remove(TlsSavedSession session) => inner.Remove(session);
    }

    private sealed class BrokenCache : ITlsSessionCache
    {
        public void Add(TlsSavedSession session) => throw new InvalidOperationException("no room");

        public TlsSavedSession? Take(string key, Guid? origin) => throw new ArgumentException("no such shelf");

        public void Remove(TlsSavedSession session) => throw new InvalidOperationException("gone");
    }
}
