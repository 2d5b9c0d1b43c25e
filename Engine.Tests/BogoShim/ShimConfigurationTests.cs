using System.Text.Json;
using System.Text.RegularExpressions;
using TlsFsm.BogoShim.Verdict;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.BogoShim;

/// <summary>config.json: what the runner is not to run, and which of our words stand for its own.</summary>
[TestFixture]
internal sealed partial class ShimConfigurationTests
{
    private readonly JsonElement _configuration =
        JsonDocument.Parse(File.ReadAllText(Source("Engine.BogoShim", "config.json"))).RootElement;

    [Test]
    public void Nothing_is_disabled_without_a_reason()
    {
        var disabled = _configuration.GetProperty("DisabledTests").EnumerateObject().ToList();

        Assert.That(disabled, Is.Not.Empty);
        foreach (var entry in disabled)
            Assert.That(entry.Value.GetString(), Does.Match(@"^[A-Z].{20,}\.$"), $"The reason for {entry.Name} is no sentence.");
        Assert.That(disabled.Select(entry => entry.Name), Is.Unique.And.None.EqualTo("*"));
    }

    [Test]
    public void Every_word_that_stands_for_one_of_the_runners_is_one_that_the_shim_can_say()
    {
        var sayable = Enum.GetValues<TlsAlert>().Select(alert => (int)alert).Append(30)
            .SelectMany(alert => new[] { TlsFault.PeerMisbehaved, TlsFault.PeerAlert, TlsFault.Application }.Select(
                fault => ErrorTokens.Of(new TlsException("", CloseReason.Failed, fault, (TlsAlert)alert))))
            .Append(ErrorTokens.Of(new TlsException("", CloseReason.Truncated, TlsFault.Network)))
            .ToHashSet();

        var mapped = _configuration.GetProperty("ErrorMap").EnumerateObject().ToList();

        Assert.That(
            mapped.SelectMany(entry => entry.Value.EnumerateArray()).Select(one => one.GetString()).Distinct(), Is.SubsetOf(sayable));
        Assert.That(mapped.Select(entry => entry.Name), Is.Unique);
    }

    [Test]
    public void An_error_of_ours_stands_for_nothing_that_the_runner_expects()
    {
        var ours = ErrorTokens.Of(new TlsException("", CloseReason.Failed, TlsFault.Internal, TlsAlert.InternalError));

        Assert.That(_configuration.GetProperty("ErrorMap").GetRawText(), Does.Not.Contain(ours));
    }

    [Test]
    public void A_token_has_the_alerts_name_between_colons()
    {
        var tokens = Enum.GetValues<TlsAlert>()
            .Select(alert => ErrorTokens.Of(new TlsException("", CloseReason.Failed, TlsFault.PeerMisbehaved, alert))).ToList();

        Assert.That(tokens, Is.Unique);
        Assert.That(tokens, Is.All.Matches<string>(token => Token().IsMatch(token)));
    }

    [GeneratedRegex("^:[A-Z][A-Z_]*[A-Z]:$")]
    private static partial Regex Token();

    private static string Source(params string[] path) => Path.Combine([Repository.Folder, .. path]);
}
