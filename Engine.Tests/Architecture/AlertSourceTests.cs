using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>Which alert a fault sends is said in one room (docs/strictness.md).</summary>
public sealed partial class AlertSourceTests
{
    /// <summary>Where a library's numbers are put into our words.</summary>
    private const string Translator = "Core/BouncyCastle/Library/Faults.cs";

    [Test]
    public void No_alert_is_named_in_the_core_but_where_faults_are_defined()
    {
        var wrong = from named in Named("Core")
                    where !named.File.StartsWith("Core/Strictness/", StringComparison.Ordinal) && named.File != Translator
                    select $"{named.File} names {named.Alert}";

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void The_translator_knows_two_numbers_of_the_librarys_and_no_alert_of_ours() =>
        Assert.That(
            Named("Core").Where(named => named.File == Translator).Select(named => named.Alert),
            Is.EquivalentTo(new[] { "AlertDescription.internal_error", "AlertDescription.handshake_failure" }));

    [Test]
    public void What_is_looked_for_is_there() =>
        Assert.That(
            Named("Core").Where(named => named.File == "Core/Strictness/OwnFaults.cs").Select(named => named.Alert),
            Does.Contain("TlsAlert.InternalError"), "the test no longer sees what it looks for");

    [TestCase("throw Bad(TlsAlert.DecodeError);", "TlsAlert.DecodeError")]
    [TestCase("throw new TlsFatalAlert(AlertDescription.decode_error);", "AlertDescription.decode_error")]
    [TestCase("using static TlsFsm.TlsAlert;", "using static TlsFsm.TlsAlert")]
    [TestCase("throw Bad((TlsAlert)50);", "(TlsAlert)50")]
    [TestCase("throw new TlsFatalAlert(50);", "TlsFatalAlert(50")]
    [TestCase("/// <see cref=\"TlsAlert.DecodeError\"/>", null)]
    [TestCase("AlertDescription.GetName(alert)", null)]
    [TestCase("fault.Alert ?? alert", null)]
    public void Sees_an_alert_however_it_is_named(string line, string? alert) =>
        Assert.That(AlertsIn(line), Is.EqualTo(alert is null ? [] : new[] { alert }));

    private static IEnumerable<(string File, string Alert)> Named(string folder)
    {
        var engine = Path.Combine(Repository.Folder, "Engine");
        return from file in Directory.EnumerateFiles(Path.Combine(engine, folder), "*.cs", SearchOption.AllDirectories)
               from line in File.ReadLines(file)
               from alert in AlertsIn(line)
               select (Path.GetRelativePath(engine, file).Replace('\\', '/'), alert);
    }

    private static IEnumerable<string> AlertsIn(string line) =>
        line.TrimStart().StartsWith("//", StringComparison.Ordinal) ? [] : Alert().Matches(line).Select(match => match.Value);

    [GeneratedRegex(@"\bTlsAlert\.[A-Z]\w*|\bAlertDescription\.[a-z]\w*|using static TlsFsm\.TlsAlert|\(TlsAlert\)\d+|TlsFatalAlert\(\d+")]
    private static partial Regex Alert();
}
