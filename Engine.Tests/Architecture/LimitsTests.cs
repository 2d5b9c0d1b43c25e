namespace TlsFsm.Tests.Architecture;

/// <summary><c>docs/security/limits.md</c>: every limit with its unit, its default and the reason.</summary>
public sealed class LimitsTests
{
    private const string Update = "TLSFSM_UPDATE_GOLDEN";

    private static readonly string Page = Path.Combine(Repository.Folder, "docs", "security", "limits.md");

    [Test]
    public void The_page_is_what_the_documentation_of_the_options_says()
    {
        var text = Limits.Write();
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(Page, text);

        Assert.That(
            text.Split('\n'), Is.EqualTo(File.ReadAllText(Page).ReplaceLineEndings("\n").Split('\n')),
            $"If the change is meant, run the tests once with {Update}=1 and commit the file.");
    }

    [Test]
    public void Each_says_what_it_bounds_and_what_it_is_by_default() =>
        Assert.That(
            Limits.All.Where(limit => limit.What.Length == 0
                || !limit.Value.Contains("efault", StringComparison.Ordinal) && !limit.Value.Contains("Null:", StringComparison.Ordinal))
                .Select(limit => $"{limit.Owner}.{limit.Name}"),
            Is.Empty);
}
