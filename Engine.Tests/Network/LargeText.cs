using System.Text;

namespace TlsFsm.Tests.Network;

/// <summary>
/// Eight MiB that every peer takes as they are: lines of digits, none of which is a command, each different so that a gap shows.
/// </summary>
internal static class LargeText
{
    public static string Text { get; } = Make();

    public static byte[] Bytes { get; } = Encoding.ASCII.GetBytes(Text);

    private static string Make()
    {
        const int lineLength = 64;
        var text = new StringBuilder(Cases.Large);
        for (var line = 0; text.Length < Cases.Large; line++)
            text.Append(line.ToString("D63", null)).Append('\n');

        Assert.That(text.Length, Is.EqualTo(Cases.Large).And.EqualTo(Cases.Large / lineLength * lineLength));
        return text.ToString();
    }
}
