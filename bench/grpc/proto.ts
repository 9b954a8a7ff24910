/** The service as a .proto: what contract.ts is on the wire. */
export const proto = `
syntax = "proto3";

package cities;

service CitiesService {
  rpc get(GetCity) returns (City);
  rpc list(ListCities) returns (stream City);
  rpc add(stream City) returns (Summary);
  rpc visit(stream GetCity) returns (stream City);
}

message City {
  message Location {
    double lat = 1;
    double lon = 2;
  }

  int64 id = 1;
  string name = 2;
  string country = 3;
  repeated string also_called = 4;
  Location location = 5;
  int64 population = 6;
  int64 elevation = 7;
  bool capital = 8;
  string timezone = 9;
  string updated = 10;
}

message GetCity {
  int64 id = 1;
}

message ListCities {
  int64 limit = 1;
}

message Summary {
  int64 count = 1;
  int64 population = 2;
}
`
