using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Library;

namespace TlsFsm.Tests.Core;

public sealed class QueueAccessTests
{
    [Test]
    public void The_queue_of_application_data_still_has_its_name()
    {
        var protocol = new TlsClientProtocol();

        Assert.That(QueueAccess.ApplicationData(protocol), Is.InstanceOf<ByteQueue>());
        Assert.That(QueueAccess.ApplicationData(protocol).Available, Is.Zero);
    }

    [Test]
    public void Shrinking_gives_memory_back_and_the_connection_goes_on()
    {
        using var pair = CorePair.Connected();
        pair.Client.Write(new byte[100_000]);
        pair.ToServer();
        pair.Server.Read(new byte[10], out _);

        pair.Client.Shrink();
        pair.Server.Shrink();

        Assert.That(CorePair.ReadAll(pair.Server), Has.Length.EqualTo(99_990));
        pair.Server.Write("and back"u8);
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo("and back"u8.ToArray()));
    }
}
