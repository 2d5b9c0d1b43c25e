namespace TlsFsm.Tests.Architecture;

/// <summary><c>docs/security/limits.md</c>: every limit with its unit, its default and the reason.</summary>
public sealed class LimitsTests
{
    [Test]
    public void The_page_is_what_the_documentation_of_the_options_says() =>
        GoldenFile.AssertIs(Path.Combine(Repository.Folder, "docs", "security", "limits.md"), Limits.Write());

    [Test]
    public void Each_says_what_it_bounds_and_what_it_is_by_default() =>
        Assert.That(
            Limits.All.Where(limit => limit.What.Length == 0
                || !limit.Value.Contains("efault", StringComparison.Ordinal) && !limit.Value.Contains("Null:", StringComparison.Ordinal))
                .Select(limit => $"{limit.Owner}.{limit.Name}"),
            Is.Empty);
}
