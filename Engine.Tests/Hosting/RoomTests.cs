using System.Reflection;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Hosting;

/// <summary>The rooms of the hosts stand in one order: each uses only those before it.</summary>
public sealed class RoomTests
{
    private static readonly string[] Rooms =
        [.. Architecture.Rooms.InOrder.Where(room => room.StartsWith("Hosting/", StringComparison.Ordinal)).Select(room => room.Split('/')[1])];

    private static readonly Assembly Engine = typeof(TlsException).Assembly;

    [Test]
    public void Each_room_uses_only_those_before_it_and_the_two_kinds_of_transport_not_each_other()
    {
        var uses = from type in Engine.GetTypes()
                   let room = RoomOf(type)
                   where room is not null
                   from used in TypeUses.Of(type)
                   let other = used.Assembly == Engine ? RoomOf(used) : null
                   where other is not null && other != room
                   select (From: room, To: other, Text: $"{type} uses {used}");

        Assert.That(
            uses.Where(use => Array.IndexOf(Rooms, use.To) > Array.IndexOf(Rooms, use.From) || use is ("Pipes", "Sockets", _)), Is.Empty);
    }

    [Test]
    public void Every_type_of_the_hosts_is_in_a_room_and_internal_ones_say_so() =>
        Assert.That(
            Engine.GetTypes().Where(type => SourceFolders.Of(type) is { } folder
                && (folder == "Hosting" || folder.StartsWith("Hosting/", StringComparison.Ordinal))
                && (!Rooms.Contains(RoomOf(type)) || (type is { IsNested: false, IsVisible: false } && type.Namespace != Namespace(type)))),
            Is.Empty);

    private static string? RoomOf(Type type) => SourceFolders.Of(type)?.Split('/') is ["Hosting", var room, ..] ? room : null;

    private static string Namespace(Type type) => $"TlsFsm.Hosting.{RoomOf(type)}";
}
