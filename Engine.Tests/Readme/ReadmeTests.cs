using TlsFsm.Tests.Architecture;
using TlsFsm.Tests.Docs;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Readme;

[TestFixture]
internal sealed class ReadmeTests
{
    [Test, CancelAfter(30_000)]
    public async Task The_example_says_what_the_readme_says_it_says()
    {
        var answer = await EmbeddingExample.RunAsync(TestCertificates.Server, TestCertificates.Verification);

        Assert.That(answer, Is.EqualTo("hello, TLS"));
    }

    [Test]
    public void The_readme_shows_the_example_that_is_compiled()
    {
        var readme = File.ReadAllText(Source("README.md"));
        var example = File.ReadAllText(Source("Engine.Tests", "Readme", "EmbeddingExample.cs"));

        foreach (var part in Marked(example))
            Assert.That(SnippetTests.Squeeze(readme), Does.Contain(SnippetTests.Squeeze(part)), "The README's example is not the compiled one.");
        Assert.That(Marked(example).Count(), Is.EqualTo(2));
    }

    [Test]
    public void The_readmes_first_two_commands_are_the_demo_and_the_tests()
    {
        var commands = File.ReadLines(Source("README.md")).Where(line => line.StartsWith("dotnet ", StringComparison.Ordinal)).Take(2);

        Assert.That(
            commands.Select(line => line.Split('#')[0].Trim()),
            Is.EqualTo(new[] { "dotnet run -c Release --project Engine.Cli -- demo", "dotnet test" }));
    }

    private static IEnumerable<string> Marked(string source) =>
        source.Split("// begin README").Skip(1).Select(part => part.Split("// end README")[0]);

    private static string Source(params string[] path) => Path.Combine([Repository.Folder, .. path]);
}
