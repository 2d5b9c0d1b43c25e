using TlsFsm.Core;
using TlsFsm.Core.Messages;

namespace TlsFsm.Tests.Core;

/// <summary>What is read out of a ClientHello before anything is chosen.</summary>
public sealed class ClientHelloReaderTests
{
    [Test]
    public void The_fingerprint_is_that_of_JA4()
    {
        // The example of the specification of JA4.
        int[] suites = [0x0A0A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D,
            0x002F, 0x0035];
        int[] extensions = [0x1A1A, 0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D, 0x0005, 0x0023, 0x0012, 0x002B, 0xFF01,
            0x000B, 0x000A, 0x0015];
        int[] schemes = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

        var hello = ClientHelloReader.Parse(Hello(suites, extensions, schemes));

        Assert.That(hello!.Ja4, Is.EqualTo("t13d1516h2_8daaf6152771_e5627efa2ab1"));
    }

    [Test]
    public void Any_cut_of_a_ClientHello_is_malformed_and_never_an_exception()
    {
        var whole = Hello([0x1301], [0, 10, 13, 16, 43], [0x0403]);
        for (var size = 4; size < whole.Length; size++)
            Assert.That(() => ClientHelloReader.Parse(whole[..size]), Throws.Nothing);
        Assert.That(ClientHelloReader.Parse(whole), Is.Not.Null);
    }

    private static byte[] Hello(int[] suites, int[] extensions, int[] schemes)
    {
        var all = new List<byte>();
        foreach (var extension in extensions)
        {
            byte[] body = extension switch
            {
                0 => [0, 6, 0, 0, 3, (byte)'a', (byte)'.', (byte)'b'],
                13 => [.. Two(schemes.Length * 2), .. schemes.SelectMany(Two)],
                16 => [0, 3, 2, (byte)'h', (byte)'2'],
                43 => [6, 0x0A, 0x0A, 3, 4, 3, 3],
                _ => [],
            };
            all.AddRange([.. Two(extension), .. Two(body.Length), .. body]);
        }

        byte[] rest = [3, 3, .. new byte[32], 0, .. Two(suites.Length * 2), .. suites.SelectMany(Two), 1, 0, .. Two(all.Count), .. all];
        return [1, 0, .. Two(rest.Length), .. rest];
    }

    private static byte[] Two(int value) => [(byte)(value >> 8), (byte)value];
}
