namespace TlsFsm.Tests.Architecture;

/// <summary>A change of the public surface is a change of a file that a reviewer sees.</summary>
public sealed class PublicApiTests
{
    private const string Update = "TLSFSM_UPDATE_GOLDEN";

    private static readonly string Golden = Path.Combine(Repository.Folder, "Engine.Tests", "Architecture", "PublicApi.txt");

    [Test]
    public void The_public_surface_is_the_one_in_PublicApi_txt()
    {
        var surface = PublicApi.Describe(typeof(TlsException).Assembly);
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(Golden, surface);

        var expected = File.ReadAllText(Golden).ReplaceLineEndings("\n");
        Assert.That(surface.Split('\n'), Is.EqualTo(expected.Split('\n')),
            $"If the change is meant, run the tests once with {Update}=1 and commit the file.");
    }
}
