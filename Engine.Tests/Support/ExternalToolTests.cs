namespace TlsFsm.Tests.Support;

public sealed class ExternalToolTests
{
    [Test]
    public async Task A_tool_gets_its_input_and_its_output_is_collected()
    {
        ExternalTool.Require("dotnet");

        var (exitCode, output, errors) = await ExternalTool.RunAsync("dotnet", "", "--version");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.Match(@"^\d+\.\d+\.\d+"));
    }

    [Test]
    public async Task Waiting_for_what_a_tool_never_prints_says_what_it_printed()
    {
        ExternalTool.Require("dotnet");
        await using var tool = ExternalTool.Start("dotnet", "--version");

        Assert.That(
            async () => await tool.WaitForAsync("never printed"),
            Throws.TypeOf<AssertionException>().With.Message.Contains("never printed").And.Message.Contains("output"));
    }

    [Test]
    public void A_tool_that_is_nowhere_on_the_path_is_not_found() =>
        Assert.That(ExternalTool.Find("no-tool-has-this-name"), Is.Null);
}
