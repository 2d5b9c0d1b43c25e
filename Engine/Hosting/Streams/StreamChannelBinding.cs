using System.Runtime.InteropServices;
using System.Security.Authentication.ExtendedProtection;
using System.Text;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// A binding in memory as Windows lays it out and .NET reads it on every platform (SEC_CHANNEL_BINDINGS): eight words, of which the last
/// two are size and place of what follows, its name and its value.
/// </summary>
internal sealed class StreamChannelBinding : ChannelBinding
{
    private const int HeaderSize = 8 * sizeof(int);

    public StreamChannelBinding(string prefix, byte[] token)
    {
        var data = Encoding.ASCII.GetBytes(prefix).Concat(token).ToArray();
        Size = HeaderSize + data.Length;
        SetHandle(Marshal.AllocHGlobal(Size));
        for (var i = 0; i < HeaderSize; i += sizeof(int))
            Marshal.WriteInt32(handle, i, 0);
        Marshal.WriteInt32(handle, HeaderSize - (2 * sizeof(int)), data.Length);
        Marshal.WriteInt32(handle, HeaderSize - sizeof(int), HeaderSize);
        Marshal.Copy(data, 0, handle + HeaderSize, data.Length);
    }

    public override int Size { get; }

    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        return true;
    }
}
