using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Core;

namespace TlsFsm.Tests.Strictness;

/// <summary>
/// Another way on which the same bytes come to the same fault: behind a decision that takes time, a callback, a lookup, a handshake that is
/// gone through again. Each fault test is played on all of them.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Server">Sends a server's options on this way.</param>
/// <param name="Client">Sends a client's options on this way.</param>
public sealed partial record Detour(
    string Name, Func<TlsServerOptions, TlsServerOptions> Server, Func<TlsClientOptions, TlsClientOptions> Client)
{
    private static readonly ConcurrentDictionary<string, (string Name, string Text)> Texts = new();

    [ThreadStatic]
    private static Detour? current;

    [ThreadStatic]
    private static Queue<Action>? pending;

    /// <summary>A test may play several faults.</summary>
    [ThreadStatic]
    private static int ordinal;

    /// <summary>All, the straight way first.</summary>
    public static IReadOnlyList<Detour> All { get; } =
    [
        new("straight", one => one, one => one),
        new("a choice of options that takes time", Choosing, one => one),
        new("options by name", Naming, one => one),
        new("a review that takes time", Reviewing, Reviewing),
        new("a signature that takes time", Signing, Signing),
        new("a choice of credentials that takes time", one => one, ChoosingCredential),
        new("a lookup of keys", LookingUp, one => one),
        new("a cache of sessions and a log of keys", Logging, Logging),
    ];

    /// <summary>Those on which a handshake stands still, for what has nothing to do with lookups and logs.</summary>
    public static IEnumerable<Detour> Lasting => All.Where(one => one.Name is "straight" || one.Name.EndsWith("time", StringComparison.Ordinal));

    /// <summary>The way that the tests of this thread go.</summary>
    public static Detour Current
    {
        get => current ?? All[0];
        set => (current, pending, ordinal) = (value, new Queue<Action>(), 0);
    }

    /// <summary>Answers what is asked.</summary>
    /// <returns>Whether something was.</returns>
    public static bool Answer()
    {
        if (pending is not { Count: > 0 } waiting)
            return false;

        waiting.Dequeue()();
        return true;
    }

    /// <summary>The same bytes are told in the same words on every way: whichever is played first says which.</summary>
    public static void SameText(string text)
    {
        var test = TestContext.CurrentContext.Test;
        text = Moment().Replace(text, "<time>");
        var known = Texts.GetOrAdd($"{test.Name} {ordinal++}", (Current.Name, text));
        Assert.That(text, Is.EqualTo(known.Text), $"as on the way '{known.Name}'");
    }

    public override string ToString() => Name;

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Moment();

    private static void Later(Action answer) => (pending ??= new Queue<Action>()).Enqueue(answer);

    private static TlsServerOptions Choosing(TlsServerOptions options) => Copy(
        options, (nameof(options.Choose), (Action<TlsClientHello, TlsDecision<TlsServerChoice>>)((_, decision) =>
            Later(() => decision.Complete(TlsServerChoice.Use(options))))));

    private static TlsServerOptions Naming(TlsServerOptions options)
    {
        var names = new TlsServerNames();
        names.Set(Support.TestCertificates.Host, options);
        return Copy(options, (nameof(options.Names), names));
    }

    private static TlsServerOptions Reviewing(TlsServerOptions options) =>
        Copy(options, (nameof(options.ClientVerification), Reviewed(options.ClientVerification)));

    private static TlsClientOptions Reviewing(TlsClientOptions options) =>
        Copy(options, (nameof(options.Verification), Reviewed(options.Verification)));

    /// <summary>A judge of the caller's own has the last word already.</summary>
    private static CertificateVerification Reviewed(CertificateVerification verification) =>
        verification.Judge is not null || verification.Review is not null ? verification : verification with
        {
            Review = (review, decision) =>
            {
                var alert = review.Rejection?.Alert;
                Later(() => decision.Complete(alert));
            },
        };

    private static TlsServerOptions Signing(TlsServerOptions options) => options.Credential is { } credential
        ? Copy(options, (nameof(options.Credential), Elsewhere(credential))) : options;

    private static TlsClientOptions Signing(TlsClientOptions options) => options.Credential is { } credential
        ? Copy(options, (nameof(options.Credential), Elsewhere(credential))) : options;

    private static TlsCredential Elsewhere(TlsCredential credential)
    {
        if (credential.Signer is not null || credential.IsKeyOnly || credential.Certificate.PublicKey.Oid.Value == "1.3.101.112")
            return credential;

        var signer = new SlowSigner(credential);
        signer.WhenAsked = () => Later(signer.Answer);
        return signer.Credential with
        {
            DangerousPresentUnfit = true, Staple = credential.Staple, OfferRawPublicKey = credential.OfferRawPublicKey,
            SignatureSchemes = credential.SignatureSchemes,
        };
    }

    private static TlsClientOptions ChoosingCredential(TlsClientOptions options) =>
        options.Credential is not { IsKeyOnly: false, OfferRawPublicKey: false, DangerousPresentUnfit: false } credential
            ? options
            : Copy(options, (nameof(options.Credential), null), (nameof(options.ChooseCredential),
                (Action<TlsCertificateDemand, TlsDecision<TlsCredential?>>)((_, decision) => Later(() => decision.Complete(credential)))));

    private static TlsServerOptions LookingUp(TlsServerOptions options) =>
        options.FindPsk is not null || options.ClientCertificates == ClientCertificateMode.Require
            ? options : Copy(options, (nameof(options.FindPsk), (Func<ReadOnlyMemory<byte>, TlsPsk?>)(static _ => null)));

    private static TlsServerOptions Logging(TlsServerOptions options) =>
        Copy(options, (nameof(options.DangerousKeyLog), (Action<string>)(static _ => { })));

    private static TlsClientOptions Logging(TlsClientOptions options) => Copy(
        options, (nameof(options.DangerousKeyLog), (Action<string>)(static _ => { })),
        (nameof(options.SessionCache), options.SessionCache ?? new MemorySessionCache()));

    private static T Copy<T>(T options, params (string Name, object? Value)[] changes) where T : TlsConnectionOptions
    {
        var copy = (T)System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(typeof(T));
        foreach (var type in (Type[])[typeof(T), typeof(TlsConnectionOptions)])
        {
            foreach (var field in type.GetFields(BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                field.SetValue(copy, field.GetValue(options));
        }

        foreach (var (name, value) in changes)
            typeof(T).GetProperty(name)!.SetValue(copy, value);
        return copy;
    }
}

/// <summary>Tests that are played on every way.</summary>
/// <param name="detour">The way of this instance.</param>
internal abstract class OnEveryWay(Detour detour)
{
    protected Detour Way => detour;

    [SetUp]
    public void GoThatWay() => Detour.Current = detour;

    [TearDown]
    public void ComeBack() => Detour.Current = Detour.All[0];
}
