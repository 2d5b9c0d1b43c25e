namespace TlsFsm.Tests.Architecture;

/// <summary>Files that tests compare with what the code says, and write when they are told to.</summary>
internal static class GoldenFile
{
    /// <summary>The environment variable that says so.</summary>
    public const string Update = "TLSFSM_UPDATE_GOLDEN";

    /// <summary>Whether the files are to be brought up to date.</summary>
    public static bool IsUpdate => Environment.GetEnvironmentVariable(Update) == "1";

    /// <summary>Compares by lines, line ends apart; writes first, if that is asked for.</summary>
    public static void AssertIs(string path, string text)
    {
        if (IsUpdate)
            File.WriteAllText(path, text);

        Assert.That(
            text.Split('\n'), Is.EqualTo(File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n')),
            $"If the change is meant, run the tests once with {Update}=1, read the file, and commit it.");
    }
}
