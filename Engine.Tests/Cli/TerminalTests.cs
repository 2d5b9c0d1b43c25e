using TlsFsm.Cli;

namespace TlsFsm.Tests.Cli;

/// <summary>What the tool asks of a console that is another system's.</summary>
[NonParallelizable]
internal sealed class TerminalTests
{
    [Test]
    public void On_Windows_a_redirected_console_gets_UTF8_without_a_mark_and_the_end_of_its_window_is_no_hang_up()
    {
        var before = Console.OutputEncoding;
        try
        {
            Console.OutputEncoding = System.Text.Encoding.Latin1;

            var elsewhere = Terminal.OfProcess(isWindows: false);
            var left = Console.OutputEncoding.WebName;
            var windows = Terminal.OfProcess(isWindows: true);

            Assert.That((left, Console.OutputEncoding.WebName), Is.EqualTo(("iso-8859-1", "utf-8")));
            Assert.That(Console.OutputEncoding.GetPreamble(), Is.Empty);
            Assert.That((elsewhere.HandlesHangUp, windows.HandlesHangUp), Is.EqualTo((true, false)));
        }
        finally
        {
            Console.OutputEncoding = before;
        }
    }
}
